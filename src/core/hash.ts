/**
 * A 64-bit key in two halves, secret to the cluster. Who does not know it cannot send keys made to collide.
 */
export interface HashSeed {
  readonly low: number
  readonly high: number
}

/**
 * HalfSipHash-1-3 of the bytes from `start` to `end`: a keyed hash of 32 bits, built for hash tables under attack
 * and made of 32-bit operations, which JavaScript does natively (Aumasson and Bernstein, "SipHash: a fast
 * short-input PRF", 2012; the variant of Linux' `hsiphash`). Unsigned.
 */
export function hashBytes(seed: HashSeed, bytes: Uint8Array, start: number, end: number): number {
  let v0 = seed.low | 0
  let v1 = seed.high | 0
  let v2 = 0x6c796765 ^ seed.low
  let v3 = 0x74656462 ^ seed.high
  const words = start + ((end - start) & ~3)
  let at = start
  for (; at < words; at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
    v3 ^= word
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    v0 ^= word
  }
  let last = (end - start) << 24
  for (let shift = 0; at < end; at++, shift += 8) last |= bytes[at] << shift
  v3 ^= last
  // One round for the last word, three to finish; the word is added back after the first.
  for (let round = 0; round < 4; round++) {
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    if (round === 0) {
      v0 ^= last
      v2 ^= 0xff
    }
  }
  return (v1 ^ v3) >>> 0
}

/** Spreads every bit of `value` over 32 (the finalizer of MurmurHash3). Not keyed, not for hostile input. */
export function mix32(value: number): number {
  let mixed = value
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** FNV-1a of the text's UTF-16 units, mixed: the same number in every process, and no protection against attackers. */
export function textHash(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return mix32(hash)
}
