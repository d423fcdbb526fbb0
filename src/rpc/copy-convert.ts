import type { CopyStatus } from '../core/status.ts'
import type { CopyStatus as CopyMessage, CopyStatus__Output } from './generated/mnemesh/v1/CopyStatus.ts'

export function fromCopy(copy: CopyStatus): CopyMessage {
  return { ...copy, state: `COPY_STATE_${copy.state.toUpperCase()}` as 'COPY_STATE_ACTIVE' }
}

export function toCopy({ load, state, ...copy }: CopyStatus__Output): CopyStatus {
  const status = { ...copy, state: word(state, 'COPY_STATE_') as CopyStatus['state'] }
  if (load === null) return status
  // The marker of an optional field is no part of it.
  const { _etaMs, ...loaded } = load
  return { ...status, load: loaded }
}

/** The word of ours that the name of an enum's value ends in. */
export function word(name: string, prefix: string): string {
  return name.slice(prefix.length).toLowerCase()
}
