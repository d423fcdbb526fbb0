import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js'
import type { ReadDumpResponse__Output as ReadDumpResponse } from '../rpc/generated/mnemesh/v1/ReadDumpResponse.ts'
import { fromStatus } from '../rpc/status.ts'

/** The lines of a dump that comes in parts. Whoever stops reading ends the call; so does the signal. */
export async function* dumpLines(
  parts: ClientReadableStream<ReadDumpResponse>,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const cancel = () => parts.cancel()
  signal?.addEventListener('abort', cancel)
  let rest = ''
  try {
    for await (const { part } of parts as AsyncIterable<ReadDumpResponse>) {
      const lines = (rest + decoder.decode(part, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } catch (error) {
    throw fromStatus(error as ServiceError)
  } finally {
    signal?.removeEventListener('abort', cancel)
    parts.cancel()
  }
}
