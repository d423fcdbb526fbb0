import { maxSkewMs } from '../core/entry.ts'
import { MnemeshError } from '../core/errors.ts'
import type { TableDefinition } from '../core/schema.ts'
import type { ClockGuard } from './clock-guard.ts'
import type { Minority } from './minority.ts'

export interface WriteGuardParts {
  readonly minority: Pick<Minority, 'isThere' | 'turns' | 'stop'>
  readonly clock: Pick<ClockGuard, 'isOff' | 'offsetMs' | 'stop'>
}

interface Guarded {
  readonly name: string
  readonly definition: TableDefinition
}

/** Says why this node must not write, or read, a default table now. */
export class WriteGuard {
  readonly #parts: WriteGuardParts

  constructor(parts: WriteGuardParts) {
    this.#parts = parts
  }

  /** While it stays, whatever could be read can be read. */
  get turns(): number {
    return this.#parts.minority.turns
  }

  /** See `Minority`. */
  get isMinority(): boolean {
    return this.#parts.minority.isThere
  }

  /** How far the median of the cluster's clocks is ahead of this node's. */
  get clockOffsetMs(): number {
    return this.#parts.clock.offsetMs
  }

  /** Throws ERR_CLOCK_SKEW, ERR_READ_ONLY and ERR_NO_QUORUM; nothing is written then. */
  checkWrite({ name, definition }: Guarded): void {
    const { minority, clock } = this.#parts
    if (clock.isOff) throw clockOff(clock.offsetMs)
    if (!minority.isThere || definition.onMinority === 'serve') return
    throw definition.onMinority === 'deny' ? denied(name) : readOnly(name)
  }

  /** Throws ERR_NO_QUORUM. */
  checkRead({ name, definition }: Guarded): void {
    if (definition.onMinority === 'deny' && this.#parts.minority.isThere) throw denied(name)
  }

  stop(): void {
    this.#parts.minority.stop()
    this.#parts.clock.stop()
  }
}

const wayOut = 'ask a node of the other side, or change its onMinority'

function denied(name: string): MnemeshError {
  return new MnemeshError(
    'ERR_NO_QUORUM',
    `this node hears no majority of the cluster, and table ${name} is not to be used then; ${wayOut}`,
  )
}

function readOnly(name: string): MnemeshError {
  return new MnemeshError(
    'ERR_READ_ONLY',
    `this node hears no majority of the cluster, and table ${name} is not to be written then; ${wayOut}`,
  )
}

function clockOff(offsetMs: number): MnemeshError {
  return new MnemeshError(
    'ERR_CLOCK_SKEW',
    `this node's clock is ${Math.round(offsetMs)} ms off those of the others, more than ${maxSkewMs} ms: its writes ` +
      'would win or lose wrongly; set its clock (NTP), or write at another node',
    { details: { offsetMs: Math.round(offsetMs) } },
  )
}
