import { isLive, Row, rowFlags, versionText } from '../core/entry.ts'
import type { Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import type { CopyAnswer, KeyOnNode, RowFacts } from '../core/inspection.ts'
import { mapKeyOf } from '../core/key.ts'
import { PlainFields } from '../core/plain-fields.ts'
import { type Origins, stampToMs } from '../core/version.ts'
import { readEntry } from '../replication/counter-view.ts'
import type { Engine } from './engine.ts'

const longestId = 64
const mostReceipts = 1000

/** Answers what other nodes ask of this one's memory: without a value, and without changing anything. */
export class Inspector {
  readonly #env: Environment
  readonly #engine: Engine
  readonly #row = new Row()

  constructor(env: Environment, engine: Engine) {
    this.#env = env
    this.#engine = engine
  }

  /** Throws ERR_FRAME_INVALID, and ERR_VERSION_SKEW for a question of a later version. */
  answer(question: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const fields = new PlainFields(question)
    const ask = fields.name('ask')
    if (ask === 'key') return { ...this.#key(fields.name('table', longestId), fields.bytes('key', 1)) }
    if (ask === 'copy') return { ...this.#copy(fields.name('table', longestId)) }
    if (ask === 'receipts') {
      const { repairer, standing } = this.#engine
      const { receipts } = repairer
      const limit = Math.min(fields.count('limit', 1), mostReceipts)
      return { node: standing.member.name, counts: receipts.counts, receipts: receipts.list(limit) }
    }
    throw new MnemeshError('ERR_VERSION_SKEW', `this version of mnemesh cannot be asked for ${ask}`)
  }

  #key(table: string, key: Buffer): KeyOnNode {
    const { copies, origins, standing } = this.#engine
    const held = copies.get(table)
    const l1 = this.#l1(table, key)
    const node = standing.member.name
    if (held === undefined) return { node, copy: 'none', l1, floor: 0, clearedAt: 0 }
    const { copy, active } = held
    const row = this.#row
    const exists = readEntry(copy, key, key.length, row)
    return {
      ...{ node, copy: active ? 'active' : 'loading', l1 },
      ...(exists ? { row: rowFacts(row, origins, this.#env.clock.wall()) } : {}),
      floor: copy.floor === 0 ? 0 : stampToMs(copy.floor),
      clearedAt: copy.clearVersion.h === 0 ? 0 : stampToMs(copy.clearVersion.h),
    }
  }

  #l1(table: string, key: Buffer): KeyOnNode['l1'] {
    const { tables, catalog } = this.#engine
    if (catalog.byId(table)?.definition.l1 === false) return 'off'
    const open = [...tables.all()].find(({ entry }) => entry.id === table)
    return open?.reader.l1?.has(mapKeyOf(key, 0, key.length)) ? 'cached' : 'empty'
  }

  #copy(table: string): CopyAnswer {
    const held = this.#engine.copies.get(table)
    const none = { stamp: 0, writer: '' }
    if (held === undefined) return { copy: 'none', life: 0, rows: 0, floor: 0, clear: none }
    const { copy, active } = held
    const { h, origin } = copy.clearVersion
    return {
      copy: active ? 'active' : 'loading',
      life: this.#engine.coverage.lifeOf(table),
      rows: copy.size + copy.tombstones,
      floor: copy.floor,
      clear: { stamp: h, writer: this.#engine.origins.nameOf(origin) },
    }
  }
}

/** A row without its value. */
export function rowFacts(row: Row, origins: Origins, wallMs: number): RowFacts {
  const { h, origin, flags, expiresAt, stamp, keyLength, valueLength } = row
  const writer = origins.nameOf(origin)
  const facts = {
    version: versionText(origins, h, origin, flags),
    writer,
    // The version of a majority row is the index of the log.
    writtenAt: stampToMs(writer === '' ? stamp : h),
    state: stateOf(row, wallMs),
    bytes: keyLength + valueLength,
    stamp: h,
  }
  return expiresAt === 0 ? facts : { ...facts, ttlMs: Math.max(0, expiresAt - wallMs) }
}

function stateOf({ flags, expiresAt }: Row, wallMs: number): RowFacts['state'] {
  if ((flags & rowFlags.kill) !== 0) return 'evicted'
  if ((flags & rowFlags.dead) !== 0) return 'deleted'
  return isLive(flags, expiresAt, wallMs) ? 'live' : 'expired'
}
