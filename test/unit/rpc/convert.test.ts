import type { MethodDefinition, ServiceDefinition } from '@grpc/proto-loader'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CodecName } from '../../../src/core/codec.ts'
import { type ErrorCode, MnemeshError } from '../../../src/core/errors.ts'
import { encodeKey, type Key } from '../../../src/core/key.ts'
import { defineOptions, type TableOptions } from '../../../src/core/schema.ts'
import type { ClusterStatus } from '../../../src/core/status.ts'
import * as convert from '../../../src/rpc/convert.ts'
import type { Key__Output as KeyMessage } from '../../../src/rpc/generated/mnemesh/v1/Key.ts'
import type { TableOptions__Output as OptionsMessage } from '../../../src/rpc/generated/mnemesh/v1/TableOptions.ts'
import type { Value__Output as ValueMessage } from '../../../src/rpc/generated/mnemesh/v1/Value.ts'
import { protos } from '../../../src/rpc/protos.ts'

const { CacheService, ClusterService, TableService } = protos()

/** What the other side reads when this side sends the message: through the real codec. */
function arrived(service: unknown, method: string, request: object): Record<string, unknown> {
  const { requestSerialize, requestDeserialize } = (service as ServiceDefinition)[method] as MethodDefinition<
    object,
    object
  >
  return requestDeserialize(requestSerialize(request)) as Record<string, unknown>
}
const arrivedKey = (key: object) => arrived(CacheService.service, 'Get', { key }).key as KeyMessage
const arrivedValue = (value: object) => arrived(CacheService.service, 'Set', { value }).value as ValueMessage
const arrivedOptions = (options: object) =>
  arrived(TableService.service, 'CreateTable', { options }).options as OptionsMessage

function codeOf(run: () => unknown): ErrorCode | 'none' {
  try {
    run()
  } catch (error) {
    if (MnemeshError.is(error)) return error.code
    throw error
  }
  return 'none'
}

const scalar: fc.Arbitrary<Key> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('__proto__', 'constructor', 'kind', ''),
  fc.double({ noNaN: true }),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.uint8Array({ maxLength: 20 }),
)
const { key: anyKey } = fc.letrec<{ key: Key; tuple: Key }>(tie => ({
  key: fc.oneof({ depthSize: 'small', maxDepth: 8 }, scalar, tie('tuple')),
  tuple: fc.array(tie('key'), { minLength: 1, maxLength: 4 }),
}))

const { value: anyValue } = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 6 },
    fc.constantFrom(null, true, false, 0, -1, 1.5, 2 ** 53 - 1, '', 'é😀'),
    fc.string({ unit: 'grapheme' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter(value => !Object.is(value, -0)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.string().filter(name => name !== '__proto__'),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
}))

describe('keys', () => {
  it('come through the messages as they were', () => {
    fc.assert(
      fc.property(anyKey, key => {
        expect(encodeKey(convert.toKey(arrivedKey(convert.fromKey(key))))).toEqual(encodeKey(key))
      }),
    )
  })

  it('as bytes are copies of the message, not windows on it', () => {
    const message = arrivedKey({ raw: Buffer.from('bytes') })
    const key = convert.toKey(message) as Uint8Array
    message.raw?.fill(0)
    expect(Buffer.from(key).toString()).toBe('bytes')
  })

  it('without a kind, absent, or tuples deeper than 8 are refused', () => {
    let deep: object = { text: 'x' }
    for (let depth = 0; depth < 9; depth++) deep = { tuple: { elements: [deep] } }
    for (const message of [
      null,
      arrivedKey({}),
      arrivedKey(deep),
      arrivedKey({ tuple: { elements: [{}] } }),
    ]) {
      expect(codeOf(() => convert.toKey(message))).toBe('ERR_INVALID_ARGUMENT')
    }
  })

  it('nested beyond every stack are refused by their depth, before they are walked', () => {
    let deep: KeyMessage = { kind: 'text', text: 'x' } as KeyMessage
    for (let depth = 0; depth < 100_000; depth++)
      deep = { kind: 'tuple', tuple: { elements: [deep] } } as KeyMessage
    expect(codeOf(() => convert.toKey(deep))).toBe('ERR_INVALID_ARGUMENT')
  })
})

describe('values', () => {
  const through = (
    value: unknown,
    codec: CodecName,
    format: 'VALUE_FORMAT_UNSPECIFIED' | 'VALUE_FORMAT_JSON',
  ) => convert.toValue(arrivedValue(convert.fromValue(value, codec, format)), codec)

  it('come through as MessagePack and as JSON as they were', () => {
    fc.assert(
      fc.property(anyValue, value => {
        expect(through(value, 'msgpack', 'VALUE_FORMAT_UNSPECIFIED')).toEqual(value)
        expect(through(value, 'msgpack', 'VALUE_FORMAT_JSON')).toEqual(value)
      }),
    )
  })

  it('of a table of bytes come through raw, whatever form was asked for', () => {
    fc.assert(
      fc.property(fc.uint8Array(), bytes => {
        for (const format of ['VALUE_FORMAT_UNSPECIFIED', 'VALUE_FORMAT_JSON'] as const) {
          expect(Buffer.from(through(Buffer.from(bytes), 'bytes', format) as Uint8Array)).toEqual(
            Buffer.from(bytes),
          )
        }
      }),
    )
  })

  it('with bytes inside become base64 in JSON', () => {
    const { json } = convert.fromValue(
      { at: [Buffer.from('abc'), new Uint8Array([0])] },
      'msgpack',
      'VALUE_FORMAT_JSON',
    )
    expect(JSON.parse(String(json))).toEqual({ at: ['YWJj', 'AA=='] })
  })

  it.each([
    ['nothing', null, 'msgpack', 'ERR_INVALID_ARGUMENT'],
    ['no kind', {}, 'msgpack', 'ERR_INVALID_ARGUMENT'],
    ['raw bytes for a table of values', { raw: Buffer.from('x') }, 'msgpack', 'ERR_BAD_TYPE'],
    ['MessagePack for a table of bytes', { msgpack: Buffer.from([0xc0]) }, 'bytes', 'ERR_BAD_TYPE'],
    ['JSON for a table of bytes', { json: Buffer.from('1') }, 'bytes', 'ERR_BAD_TYPE'],
    ['JSON that is none', { json: Buffer.from('{"a":') }, 'msgpack', 'ERR_CODEC'],
    ['JSON that is not UTF-8', { json: Buffer.from([0x22, 0xff, 0x22]) }, 'msgpack', 'ERR_CODEC'],
    ['no JSON at all', { json: Buffer.alloc(0) }, 'msgpack', 'ERR_CODEC'],
    ['no MessagePack at all', { msgpack: Buffer.alloc(0) }, 'msgpack', 'ERR_CODEC'],
    ['MessagePack that was cut', { msgpack: Buffer.from([0x92, 1]) }, 'msgpack', 'ERR_CODEC'],
    ['two values', { msgpack: Buffer.from([1, 2]) }, 'msgpack', 'ERR_CODEC'],
    ['an extension type', { msgpack: Buffer.from([0xd4, 1, 1]) }, 'msgpack', 'ERR_CODEC'],
    ['a map keyed by numbers', { msgpack: Buffer.from([0x81, 1, 1]) }, 'msgpack', 'ERR_CODEC'],
    ['text that is not UTF-8', { msgpack: Buffer.from([0xa1, 0xff]) }, 'msgpack', 'ERR_CODEC'],
    [
      'a count beyond the bytes',
      { msgpack: Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]) },
      'msgpack',
      'ERR_CODEC',
    ],
    ['lists a hundred deep', { msgpack: Buffer.alloc(100, 0x91) }, 'msgpack', 'ERR_CODEC'],
  ] as const)('that are %s are refused', (_, message, codec, code) => {
    const value = message === null ? null : arrivedValue(message)
    expect(codeOf(() => convert.toValue(value, codec))).toBe(code)
  })

  it('of random bytes are refused with ERR_CODEC, or are values', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
        const message = arrivedValue({ msgpack: Buffer.from(bytes) })
        expect(['none', 'ERR_CODEC']).toContain(codeOf(() => convert.toValue(message, 'msgpack')))
      }),
      { numRuns: 3000 },
    )
  })
})

describe('table options', () => {
  const definition = (options: TableOptions) => defineOptions(options)

  it.each<TableOptions>([
    {},
    { copies: ['n1', 'n2'], codec: 'bytes', ttl: '1h', maxEntries: 10, maxBytes: '1mb', ack: 'all' },
    { l1: false },
    { onMinority: 'read-only' },
    { onMerge: 'majority' },
    { onMerge: 'reload' },
    { onMerge: 'union' },
    { l1: { maxEntries: 5, ttl: 100 } },
  ])('come through as they were: %j', options => {
    const sent = definition(options)
    expect(definition(convert.toOptions(arrivedOptions(convert.fromOptions(sent))))).toEqual(sent)
  })

  it('that are absent have their defaults', () => {
    expect(convert.toOptions(null)).toEqual({})
    expect(definition(convert.toOptions(arrivedOptions({})))).toEqual(definition({}))
  })

  it.each([
    ['copies', { copyCount: 2 }],
    ['durability', { durability: 'disc' }],
    ['indexes', { indexes: ['age'] }],
    ['attributes', { attributes: ['age'] }],
    ['type', { type: 'bag' }],
    ['type', { type: 'ordered_set' }],
  ])('of later versions are refused by name: %s', (name, message) => {
    const run = () => definition(convert.toOptions(arrivedOptions(message)))
    expect(codeOf(run)).toBe('ERR_INVALID_OPTION')
    expect(run).toThrow(new RegExp(`\\b${name}\\b`))
  })

  it('of later versions that say what is built anyway are no mistake', () => {
    const message = arrivedOptions({ majority: false, durability: 'ram', eviction: 'none', type: 'set' })
    expect(definition(convert.toOptions(message))).toEqual(definition({}))
  })

  it.each([
    ['codec', { codec: 'xml' }],
    ['maxEntries', { maxEntries: 0 }],
    ['copies', { copies: ['no spaces please'] }],
    ['l1.maxEntries', { l1: { maxEntries: 0 } }],
  ])('that are wrong are refused by name: %s', (name, message) => {
    expect(() => definition(convert.toOptions(arrivedOptions(message)))).toThrow(name)
  })
})

describe('acknowledgement levels', () => {
  it.each(['local', 'one', 'majority', 'all', undefined] as const)('come through: %s', ack => {
    expect(convert.toAck(convert.fromAck(ack))).toBe(ack)
  })
})

describe('the status of a cluster', () => {
  const status: ClusterStatus = {
    cluster: 'shop',
    self: 'n1',
    healthy: false,
    group: {
      ...{ id: 'f00', generation: 3, provisional: true, term: 2, leader: undefined, applied: 12, schema: 7 },
      ...{ voters: ['n1', 'n2'], learners: ['n3'], hasQuorum: true },
    },
    nodes: [
      {
        name: 'n1',
        state: 'up',
        address: '127.0.0.1:7947',
        gossip: '127.0.0.1:7946',
        incarnation: 2 ** 52,
        version: '0.1.0',
        zone: 'a',
        uptimeMs: 12,
        localTables: ['t'],
        owns: 0.5,
        entries: 3,
        memoryBytes: 4096,
        maxBytes: 65_536,
        evicted: 9,
        l1Hits: 1,
        l1Misses: 2,
        ...{ queueLength: 312, queueAgeMs: 80, refused: 4211, healthScore: 3 },
        lag: [{ node: 'n2', connected: true, operations: 7, ms: 1.5 }],
        view: ['n1#1', 'n2#2'],
        events: { 'copy-active': 2 },
      },
    ],
    tables: [
      {
        name: 't',
        id: 'x',
        definition: defineOptions({ ttl: '1h' }),
        entries: 3,
        bytes: 100,
        memoryBytes: 4096,
        tombstones: 1,
        evicted: 8,
        copies: [
          { node: 'n1', state: 'active', loaded: 0, expected: 0, entries: 3, memoryBytes: 4096 },
          { node: 'n2', state: 'loading', loaded: 1, expected: 3, entries: 1, memoryBytes: 10 },
          { node: 'n3', state: 'wanted', loaded: 0, expected: 0, entries: 0, memoryBytes: 0 },
          { node: 'n4', state: 'unreachable', loaded: 0, expected: 0, entries: 0, memoryBytes: 0 },
        ],
      },
    ],
    differingViews: ['n2'],
  }

  it('comes through as it was', () => {
    const { ClusterStatus: method } = ClusterService.service as unknown as ServiceDefinition
    const { responseSerialize, responseDeserialize } = method as MethodDefinition<object, object>
    const message = responseDeserialize(responseSerialize({ status: convert.fromStatusInfo(status) })) as {
      status: Parameters<typeof convert.toStatusInfo>[0]
    }
    expect(convert.toStatusInfo(message.status)).toEqual(status)
  })
})
