import type { Clock } from './environment.ts'
import { textHash } from './hash.ts'

/** 2024-01-01T00:00:00Z: hybrid stamps count from here, so that 53 bits last until 2093. */
export const clockEpochMs = 1_704_067_200_000
/** Steps of a hybrid clock in one ms. */
export const clockTicksPerMs = 4096

/**
 * Hybrid logical clock in one number: ms since 2024 times 4096 plus a counter that carries over into the ms
 * (Kulkarni et al., "Logical Physical Clocks", 2014). Below 2^53, so a JavaScript number holds it exactly.
 */
export class HybridClock {
  readonly #clock: Clock
  #last = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A stamp above every stamp issued or merged here before. */
  issue(): number {
    const wall = (this.#clock.wall() - clockEpochMs) * clockTicksPerMs
    this.#last = wall > this.#last ? wall : this.#last + 1
    return this.#last
  }

  /** Every stamp seen must be merged, so that what is issued here later dominates it. */
  merge(stamp: number): void {
    if (stamp > this.#last) this.#last = stamp
  }

  /** The highest stamp issued or merged. */
  get last(): number {
    return this.#last
  }
}

/** The wall-clock part of a stamp, Unix ms. */
export function stampToMs(stamp: number): number {
  return Math.floor(stamp / clockTicksPerMs) + clockEpochMs
}

/** The lowest stamp of a wall-clock instant, Unix ms. */
export function msToStamp(ms: number): number {
  return (ms - clockEpochMs) * clockTicksPerMs
}

/**
 * The identities that ever stamped a version (`name#incarnation`), each under a small index that is valid in this
 * process only. Identities are ASCII, so comparing strings compares their UTF-8 bytes.
 */
export class Origins {
  readonly #names: string[] = ['']
  readonly #hashes: number[] = [0]
  readonly #indexes = new Map<string, number>([['', 0]])

  indexOf(name: string): number {
    const known = this.#indexes.get(name)
    if (known !== undefined) return known
    const index = this.#names.push(name) - 1
    this.#hashes.push(textHash(name))
    this.#indexes.set(name, index)
    return index
  }

  nameOf(index: number): string {
    return this.#names[index]
  }

  /** The same number on every node, for digests. */
  hashOf(index: number): number {
    return this.#hashes[index]
  }

  /** True when `a` orders after `b`. */
  isAfter(a: number, b: number): boolean {
    return a !== b && this.#names[a] > this.#names[b]
  }
}
