import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type HashSeed, hashBytes } from '../../../src/core/hash.ts'

// HalfSipHash-c-d straight from the paper's description, for comparison.
function reference(seed: HashSeed, data: Uint8Array, c: number, d: number): number {
  const v = new Uint32Array([seed.low, seed.high, 0x6c796765 ^ seed.low, 0x74656462 ^ seed.high])
  const rotl = (x: number, n: number) => (x << n) | (x >>> (32 - n))
  const round = () => {
    v[0] += v[1]; v[1] = rotl(v[1], 5); v[1] ^= v[0]; v[0] = rotl(v[0], 16)
    v[2] += v[3]; v[3] = rotl(v[3], 8); v[3] ^= v[2]
    v[0] += v[3]; v[3] = rotl(v[3], 7); v[3] ^= v[0]
    v[2] += v[1]; v[1] = rotl(v[1], 13); v[1] ^= v[2]; v[2] = rotl(v[2], 16)
  } // biome-ignore format: as in the paper
  const padded = new Uint8Array(Math.floor(data.length / 4) * 4 + 4)
  padded.set(data)
  padded[padded.length - 1] = data.length
  for (let i = 0; i < padded.length; i += 4) {
    const m = new DataView(padded.buffer).getUint32(i, true)
    v[3] ^= m
    for (let r = 0; r < c; r++) round()
    v[0] ^= m
  }
  v[2] ^= 0xff
  for (let r = 0; r < d; r++) round()
  return (v[1] ^ v[3]) >>> 0
}

describe('the hash of keys', () => {
  it("is HalfSipHash: the reference above passes the authors' vectors for 2-4", () => {
    // vectors_hsip32 of github.com/veorq/SipHash: key 00..07, inputs empty, 00, 00 01, ...
    const seed = { low: 0x03020100, high: 0x07060504 }
    const expected = [
      0x5b9f35a9, 0xb85a4727, 0x03a662fa, 0x04e7fe8a, 0x89466e2a, 0x69b6fac5, 0x23fc6358, 0xc563cf8b,
    ]
    const inputs = expected.map((_, n) => Uint8Array.from({ length: n }, (_, i) => i))
    expect(inputs.map(input => reference(seed, input, 2, 4))).toEqual(expected)
  })

  it('is its 1-3 form for any seed, bytes and window', () => {
    const word = fc.integer({ min: 0, max: 0xffffffff })
    fc.assert(
      fc.property(word, word, fc.uint8Array({ maxLength: 50 }), fc.nat(5), (low, high, data, offset) => {
        const window = Buffer.concat([Buffer.alloc(offset, 7), data, Buffer.alloc(3, 9)])
        const ours = hashBytes({ low, high }, window, offset, offset + data.length)
        expect(ours).toBe(reference({ low, high }, data, 1, 3))
      }),
    )
  })

  it('spreads consecutive keys evenly over the 256 partitions', () => {
    const counts = new Array(256).fill(0)
    for (let i = 0; i < 256_000; i++) {
      const bytes = Buffer.from(`user:${i}`)
      counts[hashBytes({ low: 1, high: 2 }, bytes, 0, bytes.length) >>> 24]++
    }
    expect(Math.max(...counts)).toBeLessThan(1200)
    expect(Math.min(...counts)).toBeGreaterThan(800)
  })
})
