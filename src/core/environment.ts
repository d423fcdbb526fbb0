/**
 * All that a node takes from outside besides the network. Code between the doors (gossip, gRPC, process) reads
 * time and randomness from here only, so that the simulation can run it in virtual time and replay it from a seed.
 */
export interface Environment {
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly log: Log
}

export interface Clock {
  /** Unix time in ms, whole; may step in either direction when the host corrects its clock. */
  wall(): number
  /** Ms since an arbitrary start, with fractions; never goes back. For durations and deadlines. */
  monotonic(): number
}

/** Ends a timer; harmless when it has already run or was ended before. */
export type Cancel = () => void

export interface Timers {
  after(delayMs: number, run: () => void): Cancel
  every(periodMs: number, run: () => void): Cancel
  /** Runs once the present turn of the event loop is over, before any timer: where a turn's frames are sent. */
  soon(run: () => void): void
}

export interface Random {
  /** Uniform whole number in [0, 2^32). */
  uint32(): number
  /** `length` bytes fit for nonces. */
  bytes(length: number): Uint8Array
}

/** Fields first, then a constant message in the past tense. Never a value, never a secret. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Uniform in [0, 1). */
export function unit(random: Random): number {
  return random.uint32() / 4294967296
}

/** Uniform whole number in [0, `bound`). */
export function randomBelow(random: Random, bound: number): number {
  return Math.floor(unit(random) * bound)
}

/** Uniform element of a non-empty list. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[randomBelow(random, list.length)] as T
}
