import { show } from '../core/duration.ts'
import { MnemeshError } from '../core/errors.ts'

/*
 * What callers in plain JavaScript may get wrong, where the mistake would otherwise show as a TypeError of ours, or
 * later and elsewhere. Each throws ERR_INVALID_ARGUMENT naming `what`.
 */

export function checkFunction(what: string, given: unknown): void {
  if (typeof given !== 'function') throw wrong(what, 'a function', given)
}

export function checkList(what: string, given: unknown): asserts given is readonly unknown[] {
  if (!Array.isArray(given)) throw wrong(what, 'a list', given)
}

/** A pair at a time, as a Map gives them. */
export function* checkedPairs<K, V>(
  what: string,
  given: Iterable<readonly [K, V]>,
): Generator<readonly [K, V]> {
  const isIterable = typeof given === 'object' && given !== null && Symbol.iterator in given
  if (!isIterable) throw wrong(what, 'pairs of key and value', given)
  for (const pair of given) {
    if (!Array.isArray(pair) || pair.length !== 2) throw wrong(what, 'pairs of key and value', pair)
    yield pair as unknown as readonly [K, V]
  }
}

/** An object with fields, or nothing. */
export function checkOptions(what: string, given: unknown): void {
  if (given === undefined || isRecord(given)) return
  throw wrong(what, 'an object', given)
}

export function checkSignal(given: unknown): void {
  if (given === undefined || given instanceof AbortSignal) return
  throw wrong('signal', 'an AbortSignal', given)
}

/** Differences of copies, and receipts of a node, that are listed at most. */
export const mostListed = { differences: 10_000, receipts: 1000 } as const

/** How many are listed; 100 where nothing is said. */
export function checkLimit(given: number | undefined, most: number): number {
  if (given === undefined) return 100
  if (Number.isSafeInteger(given) && given > 0 && given <= most) return given
  throw wrong('limit', `a whole number from 1 to ${most}`, given)
}

export function checkRecovery(given: unknown): asserts given is 'force' | 'accept' {
  if (given !== 'force' && given !== 'accept') throw wrong('how to recover', "'force' or 'accept'", given)
}

export function isRecord(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}

function wrong(what: string, wanted: string, got: unknown): MnemeshError {
  return new MnemeshError('ERR_INVALID_ARGUMENT', `${what} must be ${wanted}, got ${show(got)}`)
}
