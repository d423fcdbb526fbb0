import { hashBytes, mix32, textHash } from '../../core/hash.ts'
import { partitionOf } from '../../core/partition.ts'

// Known to all and for ever the same: these hashes must be equal on members whose hash seeds differ, as those of
// two islands do until they have merged. Nothing is looked up by them, so keys made to collide gain nothing.
const groupSeed = { low: 0x6d6e656d, high: 0x67726f70 }

/** The key's hash as the group sees it. */
export function groupHash(key: Uint8Array): number {
  return hashBytes(groupSeed, key, 0, key.length)
}

/** Which of a table's 256 parts the key is in, as `RangeVersion.partition` has it: the same on every member. */
export function partitionOfKey(key: Buffer): number {
  return partitionOf(groupHash(key))
}

/** 64 bits that stand for a set: the XOR of its elements, so that adding and removing one costs the same, little. */
export class Fingerprint {
  low = 0
  high = 0

  /** Adds the element that the numbers tell, or removes it. */
  toggle(identity: number, version: number, more = 0, last = 0): void {
    const a = mix32(identity ^ Math.imul(version >>> 0, 0x9e3779b1))
    const b = mix32(a + Math.imul(Math.floor(version / 4294967296) + last, 0x85ebca77))
    const c = mix32(b ^ Math.imul(more >>> 0, 0xc2b2ae35))
    const d = mix32(c + Math.floor(more / 4294967296))
    this.low ^= d
    this.high ^= mix32(d ^ identity)
  }

  clear(): void {
    this.low = 0
    this.high = 0
  }
}

/** 64 bits that stand for a sequence: each number counts, and so does their order. */
export class Chain {
  low = 0
  high = 0

  /** Any number that is exact in JavaScript. */
  add(value: number): void {
    const a = mix32(this.low ^ (value >>> 0))
    this.low = mix32(a + Math.imul(Math.floor(value / 4294967296) + 0x9e3779b1, 0x85ebca77))
    this.high = mix32((this.high ^ this.low) + 0xc2b2ae35)
  }

  addText(text: string): void {
    this.add(text.length)
    this.add(textHash(text))
  }

  /** 16 digits. */
  get text(): string {
    return hex(this.high) + hex(this.low)
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}
