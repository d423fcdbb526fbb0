import { connect } from 'node:net'
import { Client, type ClientDuplexStream, credentials, type status } from '@grpc/grpc-js'
import { expect } from 'vitest'
import { BytesWriter } from '../../src/core/bytes.ts'
import { type FrameKind, openFrame, sealFrame } from '../../src/core/frame.ts'
import type { ClusterNode } from '../../src/index.ts'
import { asking, type GrpcClient, refusal, trailers } from './grpc-client.ts'
import { it as base, json, key } from './grpc-node.ts'

/** A test with `unharmed`: the node goes on, who spoke to it before is answered, and so is who comes after. */
export const it = base.extend<{ unharmed: () => Promise<void> }>({
  unharmed: async ({ node, client }, use) => {
    await asking(client.cache)('Set', { table: 't', key: key('before'), value: json(1) })
    await use(() => expectUnharmed(node, client))
  },
})

async function expectUnharmed(node: ClusterNode, client: GrpcClient): Promise<void> {
  const { entry } = await asking(client.cache)('Get', { table: 't', key: key('before') })
  expect(entry?.key?.text).toBe('before')
  const newcomer = new Client(`127.0.0.1:${node.ports.grpc}`, credentials.createInsecure())
  await new Promise<void>((resolve, reject) =>
    newcomer.waitForReady(Date.now() + 5000, error => (error ? reject(error) : resolve())),
  )
  newcomer.close()
}

/** Bytes without a meaning, the same in every run (xorshift32). */
export function noise(length: number, seed = length): Buffer {
  let state = (seed * 2_654_435_761 + 1) >>> 0
  return Buffer.from(
    Array.from({ length }, () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return state & 0xff
    }),
  )
}

/** Sends the bytes on a connection of their own; resolves when the node has closed it, or after a moment. */
export function sendRaw(port: number, ...chunks: Uint8Array[]): Promise<void> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    const done = () => {
      socket.destroy()
      resolve()
    }
    socket.setTimeout(150, done)
    socket.on('data', () => {})
    socket.on('error', done)
    socket.on('close', done)
    socket.on('connect', () => {
      for (const chunk of chunks) socket.write(chunk)
    })
  })
}

/** Calls a method by its path with these bytes as the message, and tells how that ended. */
export async function callRaw(port: number, path: string, message: Buffer) {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.max_send_message_length': -1,
  })
  const same = (bytes: Buffer) => bytes
  const ended = await refusal(
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, same, same, message, (error, answer) =>
        error === null ? resolve(answer) : reject(error),
      )
    }),
  )
  client.close()
  return ended
}

/** Both streams of frames: what clients open, and what nodes open. */
export function frameStreams({ cache, peer }: GrpcClient): Frames[] {
  return [cache.Session() as unknown as Frames, peer.Link() as unknown as Frames]
}

type Frames = ClientDuplexStream<{ frame: Buffer }, { frame: Buffer }>

/** Writes the frames and waits for the end of the stream. */
export function converse(stream: Frames, ...frames: Buffer[]): Promise<{ status: status; code: unknown }> {
  return new Promise(resolve => {
    stream.on('data', () => {})
    stream.on('error', () => {})
    stream.on('status', ({ code, metadata }) => resolve({ status: code, code: trailers(metadata).code }))
    for (const frame of frames) stream.write({ frame })
  })
}

/** A frame with a right head, and whatever body. */
export function frame(kind: FrameKind, body: Uint8Array = Buffer.alloc(0), sequence = 1): Buffer {
  const writer = new BytesWriter()
  openFrame(writer, kind)
  writer.raw(body)
  return sealFrame(writer, sequence, 0)
}

/** A protobuf field of bytes. */
export function field(tag: number, inside: Uint8Array): Buffer {
  const length: number[] = []
  let left = inside.length
  for (; left > 0x7f; left >>>= 7) length.push((left & 0x7f) | 0x80)
  return Buffer.concat([Buffer.from([tag, ...length, left]), inside])
}
