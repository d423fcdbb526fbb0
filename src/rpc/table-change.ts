import { defineOptions, type TableOptions } from '../core/schema.ts'
import { removable, type TableChange } from '../core/table-change.ts'
import { fromOptions, toOptions } from './convert.ts'
import type {
  ChangeTableRequest,
  ChangeTableRequest__Output,
} from './generated/mnemesh/v1/ChangeTableRequest.ts'

/** The change of a request; what cannot change is in it too, so that it is refused by name. */
export function toChange({ options, unset }: ChangeTableRequest__Output): TableChange {
  const taken = Object.fromEntries(unset.map(option => [option, false] as const))
  return { ...toOptions(options), ...taken } as TableChange
}

/** Throws ERR_INVALID_OPTION for what no table could have. */
export function fromChange(change: TableChange): Pick<ChangeTableRequest, 'options' | 'unset'> {
  const given = Object.entries(change).filter(([, value]) => value !== undefined)
  const isTaken = ([option, value]: [string, unknown]) => value === false && removable.has(option)
  const kept = given.filter(entry => !isTaken(entry))
  const fields = new Set(kept.map(([option]) => (option === 'ttl' ? 'ttlMs' : option)))
  const all = fromOptions(defineOptions(Object.fromEntries(kept) as TableOptions))
  return {
    options: Object.fromEntries(Object.entries(all).filter(([field]) => fields.has(field))),
    unset: given.filter(isTaken).map(([option]) => option),
  }
}
