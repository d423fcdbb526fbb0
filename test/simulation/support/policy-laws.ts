import { encodeKey } from '../../../src/core/key.ts'
import { type Applied, type History, nameOf } from './history.ts'
import type { SimCluster, SimNode } from './sim-cluster.ts'

/** A value that a client of a node wrote while that node knew that it was apart from the majority. */
interface Written {
  readonly at: number
  readonly node: string
  readonly table: string
  readonly key: string
  readonly value: string
}

/** Something that happened to a process, or to its copy of that table. */
interface Noted {
  readonly at: number
  readonly node: string
  readonly what: 'apart' | 'together' | 'expelled' | 'rejoined'
  readonly table: string
}

/**
 * What a table that does not just take the newest promises of a split (D-18): what a node wrote while it knew that it was
 * apart, and that the majority went on without, is nowhere in the end; and by `reload` nothing older is in its place.
 */
export class PolicyLaws {
  readonly #cluster: SimCluster
  readonly #history: History
  readonly #written: Written[] = []
  readonly #noted: Noted[] = []

  constructor(cluster: SimCluster, history: History) {
    this.#cluster = cluster
    this.#history = history
  }

  /** Follows what happens to the process from now on. */
  observe(node: SimNode): void {
    const { separation } = node.engine
    const note = (what: Noted['what'], table = '') =>
      this.#noted.push({ at: this.#cluster.world.now, node: nameOf(node), what, table })
    separation.onChange(() => note(separation.isApart ? 'apart' : 'together'))
    const { onEvent } = node
    node.onEvent = fields => {
      onEvent(fields)
      if (fields.event === 'expelled' || fields.event === 'rejoined') note(fields.event, String(fields.table))
    }
  }

  /** A client of that node is about to write the value, encoded. */
  writing(node: SimNode, table: string, key: string, value: string): void {
    const held = node.engine.copies.get(node.engine.catalog.get(table)?.id ?? '')
    const isOwn = held?.active === true && ['majority', 'reload'].includes(held.copy.definition.onMerge)
    if (!isOwn || !node.engine.separation.isApart) return
    this.#written.push({ at: this.#cluster.world.now, node: nameOf(node), table, key, value })
  }

  /** How many of these writes were to be discarded. */
  get voided(): number {
    return this.#written.filter(written => this.#isVoid(written)).length
  }

  /** What stands against the rule of its table; undefined where all is as it must be. */
  wrong(): string | undefined {
    const [node] = this.#cluster.nodes.values()
    for (const written of this.#written) {
      const { table, key, value } = written
      const id = node.engine.catalog.get(table)?.id ?? ''
      if (!this.#isVoid(written)) continue
      const hex = encodeKey(key).toString('hex')
      const discarded = this.#history.find(id, hex, value)
      const winner = this.#winner(id, hex)
      if (discarded === undefined || winner === undefined) continue
      const what = `${table} ${key}, written by ${written.node} at ${written.at.toFixed(0)} apart from the majority,`
      if (winner.value === value && !this.#hasCarrier(written)) return `${what} has survived`
      if (table === 'loaded' && winner.h < discarded.h)
        return `${what} gave way to what is older (${winner.h})`
    }
    return undefined
  }

  #winner(id: string, key: string): Applied | undefined {
    const living = new Set<object>()
    for (const { engine } of this.#cluster.nodes.values()) {
      const copy = engine.copies.get(id)?.copy
      if (copy !== undefined) living.add(copy)
    }
    return this.#history.winners(id, living, 0).get(key)
  }

  // The others went on without it before it was with them again, and it lived to settle what it had.
  #isVoid({ at, node, table }: Written): boolean {
    const later = this.#noted.filter(noted => noted.node === node && noted.at >= at)
    const expelled = later.find(noted => noted.what === 'expelled' && noted.table === table)
    const together = later.find(({ what }) => what === 'together')
    if (expelled === undefined || (together !== undefined && together.at < expelled.at)) return false
    return later.some(noted => noted.what === 'rejoined' && noted.table === table && noted.at >= expelled.at)
  }

  // Another one that was apart, too, may have had it, and have been back before the majority went on without it.
  #hasCarrier({ at, node, table }: Written): boolean {
    const others = new Set(
      this.#noted.filter(noted => noted.node !== node && noted.what === 'apart').map(noted => noted.node),
    )
    return [...others].some(other => {
      const back = this.#noted.filter(
        noted => noted.node === other && noted.what === 'together' && noted.at >= at,
      )
      return back.some(together => {
        const isOut = (noted: Noted) =>
          noted.node === other && noted.what === 'expelled' && noted.table === table
        return !this.#noted.some(noted => isOut(noted) && noted.at >= at && noted.at <= together.at)
      })
    })
  }
}
