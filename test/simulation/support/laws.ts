import { isNewer, isVisible, type Row, touchOf } from '../../../src/core/entry.ts'
import { encodeKey } from '../../../src/core/key.ts'
import { scanEnd } from '../../../src/core/partition.ts'
import type { TableCopy } from '../../../src/storage/table.ts'
import { encodeValue } from './clients.ts'
import { type History, nameOf } from './history.ts'
import { tableNames } from './plan.ts'
import type { SimCluster, SimNode } from './sim-cluster.ts'
import { Violation } from './violation.ts'
import { dishonesty } from './watermarks.ts'

/**
 * Clocks differ by so much at most: where one says that a row has expired its value is freed, and copies whose clocks are
 * behind may get it so; a reader without a copy goes by the clock of whom it asks.
 */
const skewMs = 400
const readKeys = Array.from({ length: 25 }, (_, i) => `k${i}`)

/** What must hold of all copies of all tables of a cluster, given everything that happened to them. */
export class Laws {
  readonly #cluster: SimCluster
  readonly #history: History
  readonly #lasting: readonly string[]

  /** Of the tables those that nobody drops. */
  constructor(cluster: SimCluster, history: History, lasting: readonly string[]) {
    this.#cluster = cluster
    this.#history = history
    this.#lasting = lasting
  }

  /** Watermarks and floors are no higher than they may be, at every moment. */
  checkHonesty(): void {
    const nodes = this.#nodes
    for (const name of tableNames) {
      for (const id of new Set(nodes.flatMap(node => node.engine.catalog.get(name)?.id ?? []))) {
        const wrong = dishonesty(nodes, this.#history, id)
        if (wrong !== undefined) throw new Violation(`${name}: ${wrong}`)
      }
    }
  }

  /** In what the copies differ from each other or from what they must be. */
  difference(): string | undefined {
    const nodes = this.#nodes
    for (const name of tableNames) {
      const ids = new Set(nodes.map(node => node.engine.catalog.get(name)?.id))
      if (ids.size !== 1) return `${name} is not one table`
      const [id] = ids
      if (id === undefined && !this.#lasting.includes(name)) continue
      if (id === undefined) return `${name} is gone`
      const idle = nodes.find(node => !node.hasTable(name))
      if (idle !== undefined) return `${idle.name} cannot read ${name}`
      const living = this.#living(id)
      for (const node of nodes) {
        const copy = node.engine.copies.get(id)?.copy
        const wrong = copy && this.#wrongRow(node, copy, living)
        if (wrong !== undefined) return `${name} on ${nameOf(node)}: ${wrong}`
      }
    }
    return undefined
  }

  /** What has more entries than it may have, or was evicted otherwise than one version at a time. */
  excess(): string | undefined {
    for (const node of this.#nodes) {
      const table = node.engine.catalog.get('hot')
      const copy = table && node.engine.copies.get(table.id)?.copy
      if (copy === undefined) continue
      const { maxEntries = 0 } = copy.definition
      if (copy.size > maxEntries) return `${nameOf(node)} has ${copy.size} entries of ${maxEntries}`
      const key = this.#history.killedAtLarge(copy.id)
      if (key !== undefined) throw new Violation(`${text(key)} was deleted by nobody`)
    }
    return undefined
  }

  /** Who has not yet brought back what it had set aside. */
  aside(): string | undefined {
    return this.#nodes.find(({ engine }) => engine.setAside.waiting().size > 0)?.name
  }

  /** Where anything that is gone is still remembered. */
  remembered(): string | undefined {
    for (const node of this.#nodes)
      for (const { copy } of node.engine.copies.all())
        if (!copy.definition.majority && copy.tombstones > 0)
          return `${nameOf(node)} ${copy.name}: ${copy.tombstones}`
    return undefined
  }

  /** Once everything has arrived, nobody reads anything but the truth, from a cache or not, with or without a copy. */
  async checkReaders(): Promise<void> {
    for (const name of this.#lasting)
      for (const how of ['first', 'again']) {
        const reading = this.#nodes.map(node => ({ node, values: Promise.all(readAll(node, name)) }))
        let isOver = false
        const end = () => {
          isOver = true
        }
        Promise.all(reading.map(({ values }) => values)).then(end, end)
        await this.#cluster.world.until(() => isOver, 6000, `${name} is read ${how}`)
        for (const { node, values } of reading) this.#checkReader(node, { name, how, values: await values })
      }
  }

  get #nodes(): SimNode[] {
    return [...this.#cluster.nodes.values()]
  }

  #living(id: string): ReadonlySet<object> {
    return new Set<object>(this.#nodes.flatMap(node => node.engine.copies.get(id)?.copy ?? []))
  }

  #checkReader(
    node: SimNode,
    read: {
      readonly name: string
      readonly how: string
      readonly values: readonly (number | undefined)[]
    },
  ): void {
    const { name, how, values } = read
    const id = node.engine.catalog.get(name)?.id ?? ''
    const wallMs = node.env.clock.wall()
    const living = this.#living(id)
    const early = this.#history.winners(id, living, wallMs - skewMs)
    const late = this.#history.winners(id, living, wallMs + skewMs)
    for (const [i, value] of values.entries()) {
      const key = encodeKey(readKeys[i]).toString('hex')
      const got = value === undefined ? undefined : encodeValue(value)
      const must = early.get(key)?.value
      if (got !== must && got !== late.get(key)?.value)
        throw new Violation(`${node.name} reads ${name} ${readKeys[i]} = ${value} ${how}, must be ${must}`)
    }
  }

  #wrongRow(node: SimNode, copy: TableCopy, living: ReadonlySet<object>): string | undefined {
    const wallMs = node.env.clock.wall()
    const expected = this.#history.winners(copy.id, living, wallMs + skewMs)
    const mayBe = this.#history.winners(copy.id, living, wallMs)
    const seen = new Set<string>()
    let wrong: string | undefined
    for (let cursor = 0; cursor !== scanEnd; )
      cursor = copy.scan(cursor, row => {
        const key = row.keyBytes.toString('hex', row.keyStart, row.keyStart + row.keyLength)
        wrong ??= misplaced(node, copy, row)
        if (!isVisible(row, wallMs)) return
        seen.add(key)
        const winner = mayBe.get(key)
        if (winner === undefined) wrong ??= `${text(key)} is there and must not be (${row.h})`
        else if (winner.h !== row.h)
          wrong ??= `${text(key)} has version ${row.h}, must be ${winner.h} of ${winner.origin}`
        else if (winner.touch !== touchOf(row))
          wrong ??= `${text(key)} was touched at ${touchOf(row)}, must be ${winner.touch}`
      })
    for (const [key, { h }] of expected) if (!seen.has(key)) wrong ??= `${text(key)} is lost (${h})`
    return wrong
  }
}

function readAll(node: SimNode, name: string): Promise<number | undefined>[] {
  const table = node.table<string, number>(name)
  return readKeys.map(key => table.get(key))
}

// Nothing stands that a clear has killed, and no version is later than the moment at which it was issued.
function misplaced(node: SimNode, copy: TableCopy, row: Row): string | undefined {
  if (row.h > row.stamp) return `a row of version ${row.h} was issued at ${row.stamp}`
  if (isNewer(node.engine.origins, row, copy.clearVersion)) return undefined
  return `a row of version ${row.h} outlived a clear of ${copy.clearVersion.h}`
}

function text(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1', 1)
}
