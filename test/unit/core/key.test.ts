import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MnemeshError } from '../../../src/core/errors.ts'
import {
  compareKeys,
  decodeKey,
  encodeKey,
  isCanonicalKey,
  type Key,
  mapKey,
  mapKeyOf,
} from '../../../src/core/key.ts'

const scalar: fc.Arbitrary<Key> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.boolean(),
  fc.uint8Array({ maxLength: 20 }),
)
const { key } = fc.letrec<{ key: Key; tuple: Key }>(tie => ({
  key: fc.oneof({ depthSize: 'small' }, scalar, tie('tuple')),
  tuple: fc.array(tie('key'), { minLength: 1, maxLength: 4 }),
}))
const anyKey = key.filter(k => depthOf(k) <= 8)

function depthOf(k: Key): number {
  return Array.isArray(k) ? 1 + Math.max(...k.map(depthOf)) : 0
}

// The order as the documentation states it, written without looking at the encoding.
function rank(k: Key): number {
  if (typeof k === 'number') return 0
  if (typeof k === 'boolean') return 1
  if (typeof k === 'string') return 2
  return k instanceof Uint8Array ? 3 : 4
}
function documented(a: Key, b: Key): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string))
  if (a instanceof Uint8Array) return Buffer.compare(a, b as Uint8Array)
  if (!Array.isArray(a)) return a === b ? 0 : (a as number) < (b as number) ? -1 : 1
  const other = b as readonly Key[]
  for (let i = 0; i < Math.min(a.length, other.length); i++) {
    const order = documented(a[i], other[i])
    if (order !== 0) return order
  }
  return a.length - other.length
}

const refused = (k: unknown, code: string) => {
  try {
    encodeKey(k as Key)
  } catch (error) {
    expect(MnemeshError.is(error)).toBe(true)
    expect((error as MnemeshError).code).toBe(code)
    return
  }
  expect.unreachable('the key was taken')
}

describe('a key', () => {
  it('comes back from its encoding', () => {
    fc.assert(
      fc.property(anyKey, k => {
        const bytes = encodeKey(k)
        expect(documented(decodeKey(bytes, 0, bytes.length), k)).toBe(0)
        expect(isCanonicalKey(bytes, 0, bytes.length)).toBe(true)
      }),
    )
  })

  it('stands in the documented order', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(Math.sign(documented(a, b)))
      }),
    )
  })

  it('has the order of the specification', () => {
    const inOrder: Key[] = [
      Number.NEGATIVE_INFINITY, -1.5, 0, 5e-324, 1, 2 ** 53, Number.POSITIVE_INFINITY, false, true, '', 'a', 'a\0', 'a\0b',
      'ab', 'b', '\uffee', '😀', new Uint8Array(), new Uint8Array([0]), new Uint8Array([0, 1]), new Uint8Array([255]),
      [1], [1, 'a'], [1, 'a', true], [1, 'a\0'], [2], ['a'], [[1]], [[1], 0], [[1, 2]],
    ] // biome-ignore format: one row reads better
    const encoded = inOrder.map(k => encodeKey(k))
    expect(encoded.toSorted(Buffer.compare)).toEqual(encoded)
  })

  it('takes -0 for 0', () => {
    expect(encodeKey(-0)).toEqual(encodeKey(0))
    expect(encodeKey([-0])).toEqual(encodeKey([0]))
  })

  it.each([
    ['NaN', Number.NaN, 'ERR_INVALID_ARGUMENT'],
    ['a lone surrogate', 'a\ud800', 'ERR_INVALID_ARGUMENT'],
    ['a lone surrogate in a tuple', ['\udc00'], 'ERR_INVALID_ARGUMENT'],
    ['an empty tuple', [], 'ERR_INVALID_ARGUMENT'],
    ['a tuple in a tuple that is empty', [1, []], 'ERR_INVALID_ARGUMENT'],
    ['a tuple nine deep', [[[[[[[[[1]]]]]]]]], 'ERR_INVALID_ARGUMENT'],
    ['undefined', undefined, 'ERR_INVALID_ARGUMENT'],
    ['null', null, 'ERR_INVALID_ARGUMENT'],
    ['an object', { a: 1 }, 'ERR_INVALID_ARGUMENT'],
    ['a bigint', 1n, 'ERR_INVALID_ARGUMENT'],
    ['1,025 characters', 'x'.repeat(1025), 'ERR_KEY_TOO_LARGE'],
    ['513 two-byte characters', 'é'.repeat(513), 'ERR_KEY_TOO_LARGE'],
    ['1,025 bytes', new Uint8Array(1025), 'ERR_KEY_TOO_LARGE'],
    ['a tuple of 200 numbers', Array.from({ length: 200 }, (_, i) => i), 'ERR_KEY_TOO_LARGE'],
  ])('is refused when it is %s', (_, k, code) => refused(k, code))

  it('may have 1,024 bytes and eight levels', () => {
    for (const k of ['x'.repeat(1024), new Uint8Array(1024), [[[[[[[[1]]]]]]]]] as Key[]) {
      const bytes = encodeKey(k)
      expect(decodeKey(bytes, 0, bytes.length)).toEqual(k)
    }
  })

  it('has a Map key of its own, from the key and from its bytes', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (a, b) => {
        const bytes = encodeKey(a)
        expect(Object.is(mapKey(a) === 0 ? 0 : mapKey(a), mapKeyOf(bytes, 0, bytes.length))).toBe(true)
        expect(mapKey(a) === mapKey(b)).toBe(documented(a, b) === 0)
      }),
    )
  })

  it('is never made from hostile bytes without an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
        const buffer = Buffer.from(bytes)
        let decoded: Key | undefined
        try {
          decoded = decodeKey(buffer, 0, buffer.length)
        } catch (error) {
          expect(MnemeshError.is(error, 'ERR_FRAME_INVALID')).toBe(true)
        }
        const canonical = isCanonicalKey(buffer, 0, buffer.length)
        if (canonical) expect(encodeKey(decoded as Key)).toEqual(buffer)
      }),
      { numRuns: 2000 },
    )
  })

  it('is not canonical as NaN, -0, an unended or a badly ended tuple, or broken UTF-8', () => {
    const bad = [
      '10fff0000000000001',
      '107fffffffffffffff',
      '10fff8000000000000',
      '50',
      '5030',
      '503061',
      '5020ff',
      '30ff',
      '',
      '99',
      '5050201000',
    ]
    for (const hex of bad) {
      const bytes = Buffer.from(hex, 'hex')
      expect(isCanonicalKey(bytes, 0, bytes.length), hex).toBe(false)
    }
  })
})
