import { mix32 } from './hash.ts'
import { bucketCount, groupCount } from './partition.ts'

const perGroup = bucketCount / groupCount

/**
 * Fingerprints of one table copy: per bucket the XOR of a 64-bit fingerprint of every row's key and version, live
 * rows and tombstones apart. Two copies with equal digests hold equal rows; a change costs O(1).
 */
export class Digest {
  readonly #seed: number
  // Per bucket two words for the live rows and two for the dead ones.
  readonly #words = new Uint32Array(bucketCount * 4)

  constructor(seed: number) {
    this.#seed = seed
  }

  /** Adds a row that is not in, or removes one that is. `originHash` is the origin's hash, the same on every node. */
  toggle(hash: number, h: number, originHash: number, flags: number): void {
    const low = h >>> 0
    const high = Math.floor(h / 4294967296)
    const a = mix32(hash ^ this.#seed ^ Math.imul(low, 0x9e3779b1))
    const b = mix32(a + originHash + Math.imul(high + flags, 0x85ebca77))
    const at = ((hash >>> 20) << 2) | ((flags & 1) << 1)
    this.#words[at] ^= b
    this.#words[at + 1] ^= mix32(b ^ hash)
  }

  clear(): void {
    this.#words.fill(0)
  }

  /** Four words over the whole table. */
  root(): Uint32Array {
    return this.#fold(0, bucketCount)
  }

  /** Four words for each of the 64 groups of buckets. */
  groups(): Uint32Array {
    const out = new Uint32Array(groupCount * 4)
    for (let group = 0; group < groupCount; group++) {
      out.set(this.#fold(group * perGroup, (group + 1) * perGroup), group * 4)
    }
    return out
  }

  /** Four words for each of the 64 buckets of a group. */
  buckets(group: number): Uint32Array {
    const from = group * perGroup * 4
    return this.#words.slice(from, from + perGroup * 4)
  }

  #fold(from: number, to: number): Uint32Array {
    const out = new Uint32Array(4)
    for (let bucket = from; bucket < to; bucket++) {
      // XOR alone would hide two equal rows in two buckets; the bucket's number keeps them apart.
      for (let word = 0; word < 4; word++) {
        const value = this.#words[bucket * 4 + word]
        if (value !== 0) out[word] ^= mix32(value + Math.imul(bucket + 1, 0xc2b2ae3d))
      }
    }
    return out
  }
}

/** The positions at which two lists of four-word digests differ: group numbers, or bucket numbers of a group. */
export function differing(mine: Uint32Array, theirs: Uint32Array): number[] {
  const out: number[] = []
  for (let i = 0; i < mine.length / 4; i++) {
    for (let word = 0; word < 4; word++) {
      if (mine[i * 4 + word] === theirs[i * 4 + word]) continue
      out.push(i)
      break
    }
  }
  return out
}
