import { describe, expect, it } from 'vitest'
import { MnemeshError } from '../../../src/core/errors.ts'
import {
  checkTableName,
  defaultL1,
  defineOptions,
  differences,
  fingerprint,
} from '../../../src/core/schema.ts'

const refused = (options: unknown) => {
  try {
    defineOptions(options as never)
  } catch (error) {
    expect(MnemeshError.is(error, 'ERR_INVALID_OPTION')).toBe(true)
    return (error as Error).message
  }
  return expect.unreachable('the options were taken')
}

describe('table options', () => {
  it('have defaults for everything', () => {
    expect(defineOptions()).toEqual({
      type: 'set',
      copies: 'all',
      majority: false,
      codec: 'msgpack',
      ttlMs: undefined,
      idle: false,
      maxEntries: undefined,
      maxBytes: undefined,
      eviction: 'none',
      l1: defaultL1,
      ack: 'one',
      onMinority: 'serve',
      onMerge: 'newest',
    })
  })

  it('make a majority table, which every member holds', () => {
    expect(defineOptions({ majority: true })).toMatchObject({ majority: true, copies: 'all' })
    expect(() => defineOptions({ majority: true, copies: ['a'] })).toThrow(/copies/)
    expect(() => defineOptions({ majority: 1 } as never)).toThrow(/majority/)
  })

  it('take units', () => {
    const { ttlMs, maxBytes, l1 } = defineOptions({
      ttl: '1h',
      maxBytes: '500mb',
      l1: { maxBytes: '1kb', ttl: '5m' },
    })
    expect([ttlMs, maxBytes]).toEqual([3_600_000, 500 * 1024 * 1024])
    expect(l1).toEqual({ maxEntries: 10_000, maxBytes: 1024, ttlMs: 300_000 })
    expect(defineOptions({ ttl: 250, l1: false }).ttlMs).toBe(250)
  })

  it.each([
    ['ttl', { ttl: 0 }],
    ['ttl', { ttl: '5 parsecs' }],
    ['maxEntries', { maxEntries: 1.5 }],
    ['maxEntries', { maxEntries: -1 }],
    ['maxBytes', { maxBytes: 'much' }],
    ['copies', { copies: [] }],
    ['copies', { copies: ['bad name'] }],
    ['codec', { codec: 'xml' }],
    ['ack', { ack: 'some' }],
    ['onMinority', { onMinority: 'panic' }],
    ['onMinority', { majority: true, onMinority: 'deny' }],
    ['onMerge', { onMerge: 'no name' }],
    ['onMerge', { onMerge: 5 }],
    ['onMerge', { majority: true, onMerge: 'reload' }],
    ['l1', { l1: true }],
    ['l1', { l1: { entries: 5 } }],
    ['l1.ttl', { l1: { ttl: -1 } }],
    ['colour', { colour: 'red' }],
    ['options', 'text'],
    ['options', []],
  ])('name %s when it is wrong', (name, options) => expect(refused(options)).toContain(name))

  it.each([
    ['majority', { majority: true }],
    ['codec', { codec: 'bytes' }],
    ['ttl', { ttl: '1h' }],
    ['idle', { idle: '1h' }],
    ['maxEntries', { maxEntries: 5 }],
    ['eviction', { eviction: 'lru' }],
    ['onMerge', { onMerge: 'reload' }],
  ])('refuse %s where it makes no sense of a counter', (name, options) => {
    expect(refused({ type: 'counter', ...options })).toMatch(new RegExp(`${name}.*'counter'`))
  })

  it('have a counter acknowledged where it is counted, unless they say otherwise', () => {
    expect(defineOptions({ type: 'counter' })).toMatchObject({ type: 'counter', ack: 'local' })
    expect(defineOptions({ type: 'counter', ack: 'all', maxBytes: '1mb' })).toMatchObject({ ack: 'all' })
  })

  it.each([
    ['type', { type: 'bag' }],
    ['copies', { copies: 2 }],
    ['durability', { durability: 'disc' }],
    ['attributes', { attributes: {} }],
    ['indexes', { indexes: ['name'] }],
    ['schema', { schema: {} }],
  ])('refuse %s, which comes with a later version, and do not ignore it', (name, options) => {
    expect(refused(options)).toMatch(new RegExp(`${name}.*not supported by this version`))
  })

  it('refuse eviction in a majority table and ways to evict that are none', () => {
    const options = [{ majority: true, eviction: 'lru' }, { eviction: 'fifo' }] as never[]
    for (const option of options) expect(() => defineOptions(option)).toThrow(/table option eviction must be/)
  })

  it('take what a later option says of the present anyway', () => {
    expect(defineOptions({ majority: false, durability: 'ram', type: 'set' } as never)).toEqual(
      defineOptions(),
    )
  })

  it('differ in what they differ in, whatever the order they were written in', () => {
    const a = defineOptions({ ttl: '1h', copies: ['b', 'a', 'a'] })
    const b = defineOptions({ copies: ['a', 'b'], ttl: 3_600_000 })
    expect([differences(a, b), fingerprint(a) === fingerprint(b)]).toEqual([[], true])
    expect(differences(a, defineOptions({ ttl: '2h', l1: false, copies: ['a', 'b'] }))).toEqual([
      'ttlMs',
      'l1',
    ])
  })

  it('go with names that are short and plain', () => {
    for (const name of ['users', 'a', 'x'.repeat(128), 'tenant:users.v2_b-1'])
      expect(() => checkTableName(name)).not.toThrow()
    for (const name of [
      '',
      'x'.repeat(129),
      'with space',
      'é',
      'mnemesh.schema',
      5,
      undefined,
      'a/b',
      '__proto__\0',
    ]) {
      expect(() => checkTableName(name)).toThrow(/table's name/)
    }
  })
})
