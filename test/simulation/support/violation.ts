import type { Log } from '../../../src/core/environment.ts'
import { silent } from './world.ts'

/** A law of the protocol that is broken, in words. */
export class Violation extends Error {}

/** What is logged as an error is a promise broken. */
export const strictLog: Log = { ...silent, error: (fields, message) => refuse(fields, message) }

function refuse(fields: object, message: string): void {
  throw new Violation(`${message} ${JSON.stringify(fields)}`)
}

/** What came of a run, in words: the law that it broke, or the error that nobody was to see. */
export function violationOf(error: unknown): string {
  if (error instanceof Violation) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
