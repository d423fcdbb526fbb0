import { type Row, rowFlags, versionText } from '../core/entry.ts'
import type { Clock } from '../core/environment.ts'
import type { HealCounts, HealRule, Receipt, VersionFacts } from '../core/inspection.ts'
import { decodeKey } from '../core/key.ts'
import type { OnMerge } from '../core/schema.ts'
import { type Origins, stampToMs } from '../core/version.ts'
import type { TableCopy } from '../storage/table.ts'
import type { RowVersion } from './replica.ts'
import { versionOf } from './row-differences.ts'

/** So many are remembered of each kind; the oldest go first. */
const remembered = 500

interface Noted {
  readonly at: number
  readonly table: string
  readonly node: string
  readonly key: Buffer
  readonly here: RowVersion | undefined
  readonly there: RowVersion | undefined
  readonly rule: HealRule
  readonly wins: Receipt['wins']
}

/** Where a row was compared: this node's copy, and whose. */
export interface Meeting {
  readonly copy: TableCopy
  readonly node: string
}

/** What stands in the place of a row that was not brought back. */
export interface Instead {
  /** Of the copies that the majority has; undefined for nothing. */
  readonly present: Row | undefined
  readonly rule: OnMerge
}

/**
 * What became of keys that differed when copies met again: both versions, and which rule decided. Bounded; those where
 * one version took the place of another are kept apart, so that a flood of new keys does not push them out.
 */
export class Receipts {
  readonly #clock: Clock
  readonly #origins: Origins
  readonly #replaced: Noted[] = []
  readonly #added: Noted[] = []
  readonly #counts = {
    pushed: 0,
    pulled: 0,
    overwrittenHere: 0,
    overwrittenThere: 0,
    orphans: 0,
    discarded: 0,
  }

  constructor(parts: { readonly clock: Clock; readonly origins: Origins }) {
    this.#clock = parts.clock
    this.#origins = parts.origins
  }

  /** Since this process started. */
  get counts(): HealCounts {
    return { ...this.#counts }
  }

  /** This node got the row, and kept it. `here` is what it replaced. */
  pulled(meeting: Meeting, row: Row, here: RowVersion | undefined): void {
    this.#counts.pulled++
    if (here !== undefined) this.#counts.overwrittenHere++
    this.#note(meeting, row, { here, there: versionOf(row), rule: ruleOf(row), wins: 'there' })
  }

  /** This node got the row and refused it: it was cleared, or is below the floor. */
  refused(meeting: Meeting, row: Row, here: RowVersion | undefined): void {
    const { copy } = meeting
    const rule = row.h <= copy.clearVersion.h ? 'clear' : 'floor'
    // Else something newer has come meanwhile.
    if (rule === 'floor' && (row.h > copy.floor || here !== undefined)) return
    this.#note(meeting, row, { here, there: versionOf(row), rule, wins: 'neither' })
  }

  /** This node gave the row. `there` is what it replaces. */
  pushed(meeting: Meeting, row: Row, there: RowVersion | undefined): void {
    this.#counts.pushed++
    if (there !== undefined) this.#counts.overwrittenThere++
    this.#note(meeting, row, { here: versionOf(row), there, rule: ruleOf(row), wins: 'here' })
  }

  /** A row that this node had set aside, and that is not brought back: whether it was deleted cannot be told. */
  orphan(copy: TableCopy, row: Row): void {
    this.#counts.orphans++
    const fate = { here: versionOf(row), there: undefined, rule: 'floor', wins: 'neither' } as const
    this.#note({ copy, node: '' }, row, fate)
  }

  /** A row that this node had set aside, and that gives way to what there is instead, by the rule of the table. */
  discarded(copy: TableCopy, row: Row, instead: Instead): void {
    this.#counts.discarded++
    this.merged(copy, row, instead)
  }

  /** A row that this node had set aside and what there was were merged by a function, or only one of them stayed. */
  merged(copy: TableCopy, row: Row, { present, rule }: Instead): void {
    const there = present === undefined ? undefined : versionOf(present)
    const wins = there !== undefined && rule === 'majority' ? 'there' : 'neither'
    this.#note({ copy, node: '' }, row, { here: versionOf(row), there, rule, wins })
  }

  /** The newest first, at most so many; those where a version gave way to another one before all others. */
  list(limit: number): Receipt[] {
    const chosen = [...this.#replaced.slice(-limit), ...this.#added.slice(-limit)].slice(0, limit)
    return chosen.sort((a, b) => b.at - a.at).map(noted => this.#receipt(noted))
  }

  #note({ copy, node }: Meeting, row: Row, fate: Pick<Noted, 'here' | 'there' | 'rule' | 'wins'>): void {
    const isAdded = fate.wins !== 'neither' && (fate.here === undefined || fate.there === undefined)
    const list = isAdded ? this.#added : this.#replaced
    const { keyBytes, keyStart } = row
    const key = Buffer.from(keyBytes.subarray(keyStart, keyStart + copy.keyLengthOf(row)))
    list.push({ at: this.#clock.wall(), table: copy.name, node, key, ...fate })
    // Seldom, so that a flood does not move the list at every key.
    if (list.length >= 2 * remembered) list.splice(0, list.length - remembered)
  }

  #receipt({ at, table, node, key, here, there, rule, wins }: Noted): Receipt {
    const facts = { at, table, node, key: decodeKey(key, 0, key.length), rule, wins }
    return {
      ...facts,
      ...(here === undefined ? {} : { here: this.#facts(here) }),
      ...(there === undefined ? {} : { there: this.#facts(there) }),
    }
  }

  #facts({ h, origin, flags }: RowVersion): VersionFacts {
    const isDead = (flags & rowFlags.dead) !== 0
    return {
      version: versionText(this.#origins, h, origin, flags),
      writer: this.#origins.nameOf(origin),
      writtenAt: stampToMs(h),
      state: (flags & rowFlags.kill) !== 0 ? 'evicted' : isDead ? 'deleted' : 'live',
    }
  }
}

function ruleOf({ flags }: Row): HealRule {
  return (flags & rowFlags.kill) === 0 ? 'newest' : 'kill'
}
