import { show } from './duration.ts'
import { MnemeshError } from './errors.ts'
import type { TableOptions } from './schema.ts'

/**
 * What a key has: `set`, one value; `counter`, a whole number that every holder adds to at once, by itself, in a way that
 * no increment is lost to another one.
 */
export type TableType = 'set' | 'counter'

/** Every type of a table, by name. */
export const tableTypes: readonly TableType[] = ['set', 'counter']

/**
 * Checks the options of a counter table. What a counter is made of lies in as many rows as it has writers, and none of them
 * may go before the others. Throws ERR_INVALID_OPTION naming the option at fault.
 */
export function checkCounter(options: TableOptions): void {
  if (options.majority === true)
    throw invalid(
      'majority',
      "left out where type is 'counter': increment of a majority table is exact",
      true,
    )
  if (options.codec === 'bytes') throw invalid('codec', "'msgpack' where type is 'counter'", 'bytes')
  for (const name of ['ttl', 'idle', 'maxEntries'] as const)
    if (options[name] !== undefined)
      throw invalid(
        name,
        "left out where type is 'counter': delete what is not needed any more",
        options[name],
      )
  if (options.onMerge !== undefined && options.onMerge !== 'newest')
    throw invalid('onMerge', "left out where type is 'counter': all that was counted counts", options.onMerge)
  if (options.eviction !== undefined && options.eviction !== 'none')
    throw invalid('eviction', "'none' where type is 'counter': what was counted stays", options.eviction)
}

/** The error of an option that is not what it must be. */
export function invalid(name: string, wanted: string, got: unknown): MnemeshError {
  return new MnemeshError('ERR_INVALID_OPTION', `table option ${name} must be ${wanted}, got ${show(got)}`)
}

/** The error of an option that is designed and not built yet. */
export function notYet(name: string, value: unknown): MnemeshError {
  return new MnemeshError(
    'ERR_INVALID_OPTION',
    `table option ${name}: ${show(value)} is not supported by this version`,
  )
}
