import { MnemeshError } from '../core/errors.ts'

/** The error of `atomic` in a table that has no transactions. */
export function notAtomic(name: string): MnemeshError {
  return new MnemeshError(
    'ERR_INVALID_OPTION',
    `option atomic is for majority tables, and table ${name} is none; create one with { majority: true }`,
  )
}
