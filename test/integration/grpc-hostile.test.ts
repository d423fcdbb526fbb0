import { connect as connectHttp2 } from 'node:http2'
import { status } from '@grpc/grpc-js'
import { describe, expect } from 'vitest'
import { frameKinds, frameLimitBytes, itemKinds, protocolVersion } from '../../src/core/frame.ts'
import { callRaw, converse, field, frame, frameStreams, it, noise, sendRaw } from '../support/grpc-hostile.ts'
import { eventually } from '../support/nodes.ts'

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])
const get = '/mnemesh.v1.CacheService/Get'

describe('on the port of gRPC', () => {
  it('random bytes, HTTP/1 and TLS are closed and forgotten', async ({ node, unharmed }) => {
    const { grpc } = node.ports
    for (let i = 0; i < 20; i++) await sendRaw(grpc, noise(1 + i * 97))
    await sendRaw(grpc, Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))
    await sendRaw(grpc, Buffer.from(`POST ${get} HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n`))
    await sendRaw(grpc, Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), noise(500))
    await unharmed()
  })

  it.for([
    ['nothing after its preface', Buffer.alloc(0)],
    ['a header block without an end', Buffer.from([0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82])],
    ['a window of zero', Buffer.from([0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
    ['a stream number of the other side', Buffer.from([0, 0, 1, 1, 5, 0, 0, 0, 2, 0x82])],
    ['a frame of 16 MB announced', Buffer.from([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1, 1, 2, 3])],
    ['settings that are none', Buffer.from([0, 0, 5, 4, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5])],
    ...[9, 40, 300, 2000].map(length => [`${length} random bytes`, noise(length)] as const),
  ] as const)('HTTP/2 with %s is closed and forgotten', async ([, bytes], { node, unharmed }) => {
    await sendRaw(node.ports.grpc, preface, settings, bytes)
    await unharmed()
  })

  // CVE-2023-44487.
  it('a thousand requests that are reset at once disturb nobody', async ({ node, unharmed }) => {
    const session = connectHttp2(`http://127.0.0.1:${node.ports.grpc}`)
    session.on('error', () => {})
    const headers = { ':method': 'POST', ':path': get, 'content-type': 'application/grpc' }
    for (let i = 0; i < 1000 && !session.destroyed; i++) {
      const stream = session.request(headers)
      stream.on('error', () => {})
      stream.close(8)
      if (i % 100 === 0) await new Promise(resolve => setImmediate(resolve))
    }
    await unharmed()
    session.destroy()
  })

  it.for([
    '/mnemesh.v1.CacheService/Query',
    '/mnemesh.v1.PubSubService/Publish',
    '/',
    '/__proto__/x',
  ])('%s does not exist and is UNIMPLEMENTED', async (path, { node, unharmed }) => {
    expect((await callRaw(node.ports.grpc, path, Buffer.alloc(0))).status).toBe(status.UNIMPLEMENTED)
    await unharmed()
  })

  it('messages that are no protobuf are refused', async ({ node, unharmed }) => {
    for (let i = 0; i < 100; i++) {
      expect((await callRaw(node.ports.grpc, get, noise(i * 5 + 1))).status).not.toBe(status.OK)
    }
    await unharmed()
  })

  it('keys in tuples in keys without end are refused', async ({ node, unharmed }) => {
    let nested = Buffer.from([0x0a, 1, 0x78])
    for (let depth = 0; depth < 20_000; depth++)
      nested = Buffer.from(field(depth % 2 === 0 ? 0x0a : 0x2a, nested))
    expect((await callRaw(node.ports.grpc, get, field(0x12, nested))).status).not.toBe(status.OK)
    await unharmed()
  })

  it('messages above the limit are refused', async ({ node, unharmed }) => {
    const ended = await callRaw(node.ports.grpc, get, Buffer.alloc(frameLimitBytes + 1000))
    expect(ended.status).toBe(status.RESOURCE_EXHAUSTED)
    await unharmed()
  })
})

describe('on a stream of frames', () => {
  const empty = frame(frameKinds.items)
  const longItem = Buffer.from([itemKinds.call, 1, 0, 0, 0, 255, 255, 255, 255])

  it.for([
    ['no bytes', Buffer.alloc(0)],
    ['too few bytes for a head', Buffer.alloc(10, 1)],
    ['an unknown kind', Buffer.alloc(64, 0xff)],
    ['a head of zeros', Buffer.alloc(64)],
    ['another protocol version', Buffer.from(empty).fill(99, 1, 2)],
    ['a sequence number out of order', frame(frameKinds.items, undefined, 7)],
    ['a stamp that is no number', Buffer.from(empty).fill(0xff, 8, 16)],
    ['items that are none', frame(frameKinds.items, noise(100))],
    ['an item longer than its frame', frame(frameKinds.items, longItem)],
    ['a hello that is no record', frame(frameKinds.hello, Buffer.from([0xc1]))],
    ['a hello without a cluster', frame(frameKinds.hello, Buffer.from([0x80]))],
    ['a proof before anything else', frame(frameKinds.proof)],
    ['operations before anything else', frame(frameKinds.ops, noise(200))],
  ] as const)('%s end it with an error of ours', async ([, bad], { client, unharmed }) => {
    for (const stream of frameStreams(client)) {
      const ended = await converse(stream, bad)
      expect(ended.status).not.toBe(status.OK)
      expect(ended.code).toMatch(/^ERR_/)
    }
    await unharmed()
  })

  it('another version of the protocol ends it with a word on which side to upgrade', async ({
    client,
    unharmed,
  }) => {
    for (const stream of frameStreams(client)) {
      const hello = frame(frameKinds.hello, Buffer.from([0x80]))
      hello[1] = protocolVersion + 1
      const ended = await converse(stream, hello)
      expect(ended).toEqual({ status: status.FAILED_PRECONDITION, code: 'ERR_VERSION_SKEW' })
    }
    await unharmed()
  })

  it('random frames end it, too', async ({ client, unharmed }) => {
    for (let i = 0; i < 100; i++) {
      const bad = i % 2 === 0 ? noise(40 + i) : frame(frameKinds.items, noise(1 + (i % 60), i))
      for (const stream of frameStreams(client)) {
        expect((await converse(stream, bad)).status).not.toBe(status.OK)
      }
    }
    await unharmed()
  })

  it('a frame above the limit ends it', async ({ client, unharmed }) => {
    for (const stream of frameStreams(client)) {
      const { status: ended } = await converse(stream, Buffer.alloc(frameLimitBytes + 1000))
      expect(ended).toBe(status.RESOURCE_EXHAUSTED)
    }
    await unharmed()
  })

  it('a node that proves nothing is waited for 5 s', { timeout: 20_000 }, async ({ client, unharmed }) => {
    const began = Date.now()
    const [, link] = frameStreams(client)
    expect((await converse(link)).code).toBe('ERR_TIMEOUT')
    expect(Date.now() - began).toBeLessThan(8000)
    await unharmed()
  })

  it('a hundred silent ones are too many, until they are gone', async ({ client, unharmed }) => {
    const codes: unknown[] = []
    const links = Array.from({ length: 100 }, () => frameStreams(client)[1])
    for (const link of links) converse(link).then(({ code }) => codes.push(code))
    await eventually(() => expect(codes.filter(code => code === 'ERR_OVERLOADED')).toHaveLength(36))
    await unharmed()
    for (const link of links) link.cancel()
    await eventually(async () => {
      const { code } = await converse(frameStreams(client)[1], Buffer.alloc(64))
      expect(code).toBe('ERR_FRAME_INVALID')
    })
  })
})
