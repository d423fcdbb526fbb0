import { once } from 'node:events'
import { credentials, Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js'
import { expect, it } from 'vitest'
import { BytesWriter } from '../../src/core/bytes.ts'
import { bodyOf, frameKinds, itemKinds, openFrame, sealFrame } from '../../src/core/frame.ts'
import { processEnvironment, silentLog } from '../../src/process/environment.ts'
import { serverOptions } from '../../src/rpc/channels.ts'
import { acceptStream } from '../../src/rpc/grpc-wire.ts'
import { protos } from '../../src/rpc/protos.ts'
import { eachItem } from '../../src/wire/caller.ts'
import { FrameReceiver } from '../../src/wire/frame-receiver.ts'
import { FrameSender, noStamps } from '../../src/wire/frame-sender.ts'
import type { Wire } from '../../src/wire/wire.ts'
import { eventually } from '../support/nodes.ts'

const answers = 200
const answerBytes = 100_000

/** Gives every stream 20 MB of answers, and the time to whoever asks for it. */
async function talkative() {
  const told = { answered: 0, times: 0 }
  const accept = (wire: Wire) => {
    const sender = new FrameSender(processEnvironment(silentLog).timers, wire, noStamps)
    for (; told.answered < answers; told.answered++) {
      sender.beginItem(itemKinds.reply, told.answered).reserve(answerBytes)
      sender.endItem()
    }
    const frame = () => {
      told.times++
      sender.control(frameKinds.clock, body => body.f64(0))
    }
    return { frame, drained: () => sender.drained(), closed() {} }
  }
  const { PeerService } = protos()
  const server = new Server(serverOptions)
  const link = (call: unknown) => acceptStream(call as ServerDuplexStream<Buffer, Buffer>, accept)
  server.addService(PeerService.service, { Link: link } as never)
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  )
  return { server, port, told }
}

it('what is no answer passes the answers that wait for a connection, and is read while they do', async () => {
  const { server, port, told } = await talkative()
  const { PeerService } = protos()
  const client = new PeerService(`127.0.0.1:${port}`, credentials.createInsecure())
  const stream = client.Link() as unknown as ServerDuplexStream<Buffer, Buffer>
  const writer = new BytesWriter()
  openFrame(writer, frameKinds.clock)
  await eventually(() => expect(told.answered).toBe(answers))
  // Nobody reads the stream yet: all that its connection takes is on its way.
  stream.write(sealFrame(writer, 1, 0))
  await eventually(() => expect(told.times).toBe(1))
  const receiver = new FrameReceiver()
  const ids: number[] = []
  let itemBytes = 0
  let bytesAhead: number | undefined
  stream.on('data', (frame: Buffer) => {
    const head = receiver.accept(frame)
    if (head?.kind === frameKinds.clock) bytesAhead = itemBytes
    if (head?.kind !== frameKinds.items) return
    itemBytes += frame.length
    eachItem(bodyOf(frame), (_, id) => ids.push(id))
  })
  await eventually(() => expect(ids).toHaveLength(answers))
  expect(ids).toEqual(Array.from({ length: answers }, (_, i) => i))
  // What the wire holds, the frame that filled it, and the window of HTTP/2.
  expect(bytesAhead).toBeLessThan(1_000_000)
  const ended = once(stream, 'error')
  server.forceShutdown()
  await ended
  client.close()
})
