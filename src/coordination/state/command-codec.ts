import { BytesReader, BytesWriter, malformed, RepeatedText } from '../../core/bytes.ts'
import { readPlain, writePlain } from '../../core/failure.ts'
import type { Request } from './commands.ts'
import { readCommand } from './plain-commands.ts'
import { readTransaction, writeTransaction } from './transaction-codec.ts'

/*
 * A request as an entry of the log carries it: form of its command (8 bits; 1: transaction, 2: plain data), session
 * (text), sequence and settledBelow (float64), the command.
 */
const forms = { transaction: 1, plain: 2 } as const

const writer = new BytesWriter(4096)
const sessions = new RepeatedText()

/** In bytes of its own, for the log. */
export function encodeRequest(request: Request): Buffer {
  const { session, sequence, settledBelow, command } = request
  writer.reset()
  writer.u8(command.kind === 'transaction' ? forms.transaction : forms.plain)
  writer.text(session)
  writer.f64(sequence)
  writer.f64(settledBelow)
  if (command.kind === 'transaction') writeTransaction(writer, command)
  else writePlain(writer, command)
  return writer.copy()
}

/** The request; its keys and values are windows on the payload. Throws ERR_FRAME_INVALID. */
export function decodeRequest(payload: Buffer): Request {
  const reader = new BytesReader(payload)
  const form = reader.u8()
  const session = sessions.read(reader)
  const sequence = reader.count()
  const settledBelow = reader.count()
  if (form === forms.plain)
    return { session, sequence, settledBelow, command: readCommand(readPlain(reader)) }
  if (form !== forms.transaction) throw malformed('an unknown form of a command')
  const command = readTransaction(reader)
  if (reader.left > 0) throw malformed('bytes after the command')
  return { session, sequence, settledBelow, command }
}
