import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkEncoded, decodeValue, hardMaxValueBytes, ValueWriter } from '../../../src/core/codec.ts'
import { MnemeshError } from '../../../src/core/errors.ts'

const plain: fc.Arbitrary<unknown> = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true }).map(n => (n === 0 ? 0 : n)),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.uint8Array({ maxLength: 20 }).map(bytes => Buffer.from(bytes)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.string({ maxLength: 5 }).filter(name => name !== '__proto__'),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
})).value

const writer = new ValueWriter()

function roundTrip(value: unknown): unknown {
  const length = writer.write(value, 'msgpack')
  const bytes = Buffer.concat([Buffer.from([1, 2]), writer.bytes.subarray(0, length), Buffer.from([3])])
  checkEncoded(bytes, 2, 2 + length)
  return decodeValue(bytes, 2, 2 + length, 'msgpack')
}

function refusal(value: unknown): MnemeshError {
  try {
    writer.write(value, 'msgpack')
  } catch (error) {
    return error as MnemeshError
  }
  return expect.unreachable('the value was taken')
}

// Buffers come back as Buffers; compare what they hold.
function comparable(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, field) => (field instanceof Uint8Array ? [...field] : field)))
}

describe('a value', () => {
  it('comes back equal', () => {
    fc.assert(
      fc.property(plain, value => {
        expect(comparable(roundTrip(value))).toEqual(comparable(value))
      }),
    )
  })

  it('comes back equal at every length at which the form of a string changes', () => {
    for (const length of [0, 1, 31, 32, 33, 255, 256, 65_535, 65_536, 70_000]) {
      for (const letter of ['x', 'é', '😀']) {
        const text = letter.repeat(Math.ceil(length / Buffer.byteLength(letter))).slice(0, length)
        const whole = text.isWellFormed() ? text : `${text}`.toWellFormed()
        expect(roundTrip(whole)).toBe(whole)
      }
    }
  })

  it('is MessagePack that any other implementation wrote or reads', () => {
    fc.assert(
      fc.property(plain, value => {
        const theirs = Buffer.from(encode(value))
        checkEncoded(theirs, 0, theirs.length)
        expect(comparable(decodeValue(theirs, 0, theirs.length, 'msgpack'))).toEqual(comparable(value))
      }),
    )
  })

  it.each([
    ['undefined', undefined, 'undefined'],
    ['a function', () => 1, 'a function'],
    ['a symbol', Symbol('s'), 'a symbol'],
    ['a bigint', 1n, 'a bigint'],
    ['a Date', new Date(), 'an instance of Date'],
    ['a Map', new Map(), 'an instance of Map'],
    ['a class instance deep inside', { a: [{ b: new Set() }] }, 'a.0.b is an instance of Set'],
    ['undefined in a field', { a: { b: undefined } }, 'a.b is undefined'],
    ['undefined in an array', [1, undefined], 'at 1 is undefined'],
    ['a lone surrogate', 'a\ud800', 'lone surrogate'],
    ['a lone surrogate in a field', { a: '\udc00' }, 'lone surrogate'],
    ['a field named __proto__', JSON.parse('{"__proto__": 1}'), '__proto__'],
  ])('is refused by its place and kind when it is %s', (_, value, words) => {
    const { code, message } = refusal(value)
    expect(code).toBe('ERR_CODEC')
    expect(message).toContain(words)
  })

  it('is refused when it is nested deeper than 64', () => {
    let deep: unknown = 1
    for (let i = 0; i < 64; i++) deep = [deep]
    expect(comparable(roundTrip(deep))).toEqual(deep)
    expect(refusal([deep]).message).toContain('nested deeper than 64')
  })

  it('is refused above its limit, without room being made for it', () => {
    expect(() => writer.write('x'.repeat(1024 * 1024), 'msgpack')).toThrow(
      /takes 1048581 bytes, the limit is 1048576/,
    )
    expect(writer.write('x'.repeat(1024 * 1024 - 5), 'msgpack')).toBeLessThanOrEqual(1024 * 1024)
    expect(() => writer.write(new Uint8Array(40 * 1024 * 1024), 'msgpack', hardMaxValueBytes)).toThrow(
      /ERR|limit/,
    )
  })

  it('shares no memory with what it was read from', () => {
    const length = writer.write(new Uint8Array([1, 2, 3]), 'msgpack')
    const bytes = Buffer.from(writer.bytes.subarray(0, length))
    const value = decodeValue(bytes, 0, length, 'msgpack') as Uint8Array
    bytes.fill(9)
    expect([...value]).toEqual([1, 2, 3])
  })
})

describe('encoded values from outside', () => {
  it('are let in only if they can be read back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), bytes => {
        const buffer = Buffer.from(bytes)
        try {
          checkEncoded(buffer, 0, buffer.length)
        } catch (error) {
          expect(MnemeshError.is(error, 'ERR_CODEC')).toBe(true)
          return
        }
        expect(() => decodeValue(buffer, 0, buffer.length, 'msgpack')).not.toThrow()
      }),
      { numRuns: 5000 },
    )
  })

  it('are refused when they end too early, go on, are an extension, or promise more than came', () => {
    const bad = [
      '',
      'a5616263',
      'c0c0',
      'd40100',
      'c1',
      'dd7fffffff',
      'df7fffffff',
      'db7fffffff',
      'c67fffffff',
      '8101c0',
      'a1ff',
      '81a95f5f70726f746f5f5fc0',
      '91'.repeat(70),
    ]
    for (const hex of bad) {
      const bytes = Buffer.from(hex, 'hex')
      expect(() => checkEncoded(bytes, 0, bytes.length), hex).toThrow(/MessagePack/)
    }
  })
})
