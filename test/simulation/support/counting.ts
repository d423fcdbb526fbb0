import { CounterTally, counterKeyLength, counterWriterOf } from '../../../src/core/counter.ts'
import { MnemeshError } from '../../../src/core/errors.ts'
import { scanEnd } from '../../../src/core/partition.ts'
import type { Table } from '../../../src/face/types.ts'
import { memberId } from '../../../src/membership/view.ts'
import type { TableCopy } from '../../../src/storage/table.ts'
import type { PlannedOperation } from './plan.ts'
import type { SimCluster, SimNode } from './sim-cluster.ts'

const resetKeys = ['r0', 'r1']
const keptKeys = ['c0', 'c1', 'c2', 'c3']

interface Count {
  readonly key: string
  readonly by: number
  readonly node: SimNode
  /** Undefined until the call has ended, and where nobody knows. */
  applied: boolean | undefined
  /** True where the node that was asked has counted it itself. */
  readonly isOwn: boolean
}

/** The counters of a run: what was counted, and what must have come of it. */
export class Counting {
  readonly #cluster: SimCluster
  readonly #counts: Count[] = []
  // key -> what each copy was ever told of it
  readonly #told = new Map<string, Map<TableCopy, CounterTally>>()

  constructor(cluster: SimCluster) {
    this.#cluster = cluster
  }

  /** Remembers what the copies of that process are told from now on. */
  observe(node: SimNode): void {
    const { copies } = node.engine
    const add = copies.add.bind(copies)
    copies.add = (copy, generation, active) => {
      if (copy.isCounter)
        copy.listen({
          applied: row => {
            if (row.isDead) return
            const length = counterKeyLength(row.keyBytes, row.keyStart, row.keyLength)
            const key = row.keyBytes.toString('latin1', row.keyStart + 1, row.keyStart + length)
            const told = this.#told.get(key) ?? new Map<TableCopy, CounterTally>()
            this.#told.set(key, told)
            const tally = told.get(copy) ?? new CounterTally()
            told.set(copy, tally.addRow(row))
          },
          expired: () => {},
          cleared: () => {},
          gone: () => {},
        })
      return add(copy, generation, active)
    }
  }

  async count(
    node: SimNode,
    { id, key: number }: PlannedOperation,
    options: { readonly ack: 'local' | 'one' | 'majority' | 'all' },
  ): Promise<void> {
    const all = [...keptKeys, ...resetKeys]
    const key = all[number % all.length]
    const by = (id % 5) - 1 || 7
    const count: Count = { key, by, node, applied: undefined, isOwn: this.#copyOf(node) !== undefined }
    this.#counts.push(count)
    try {
      await tableOf(node).increment(key, by, options)
      count.applied = true
    } catch (error) {
      if (MnemeshError.is(error) && !error.maybeApplied) count.applied = false
      throw error
    }
  }

  async reset(node: SimNode, { key }: PlannedOperation, options: object): Promise<void> {
    await tableOf(node).delete(resetKeys[key % resetKeys.length], options)
  }

  /** What is wrong with a counter now that all copies are equal. */
  wrong(): string | undefined {
    for (const key of [...keptKeys, ...resetKeys]) {
      const must = this.#expected(key)
      for (const node of this.#nodes) {
        const value = tableOf(node).peek(key)
        if (value !== must) return `${key} is ${value} on ${node.name}, must be ${must}`
      }
      const [least, most] = this.#bounds(key)
      if (keptKeys.includes(key) && !((must ?? 0) >= least && (must ?? 0) <= most))
        return `${key} is ${must}, what was counted is ${least} to ${most}`
    }
    return undefined
  }

  /** A row that nobody needs, once all is well; and once deletions are forgotten. */
  spare(isForgotten: boolean): string | undefined {
    for (const node of this.#nodes) {
      const copy = this.#copyOf(node)
      let spare: string | undefined
      for (let cursor = copy === undefined ? scanEnd : 0; cursor !== scanEnd; )
        cursor = (copy as TableCopy).scan(cursor, row => {
          if (row.isDead) return
          const { origin } = counterWriterOf(row)
          const isGone = !this.#nodes.some(({ name, member }) => [name, memberId(member)].includes(origin))
          const isEmpty = new CounterTally().addRow(row).value === undefined
          if (isGone || (isEmpty && isForgotten))
            spare ??= `${node.name} has a row of ${origin}${isEmpty ? ', empty' : ''}`
        })
      if (spare !== undefined) return spare
    }
    return undefined
  }

  get #nodes(): SimNode[] {
    return [...this.#cluster.nodes.values()]
  }

  #copyOf({ engine }: SimNode): TableCopy | undefined {
    const held = engine.copies.get(engine.catalog.get('counts')?.id ?? '')
    return held?.active === true ? held.copy : undefined
  }

  // Nothing goes that any living copy was told.
  #expected(key: string): number | undefined {
    const living = new Set(this.#nodes.map(node => this.#copyOf(node)))
    const all = new CounterTally()
    for (const [copy, tally] of this.#told.get(key) ?? []) {
      if (!living.has(copy)) continue
      all.reset = Math.max(all.reset, tally.reset)
      for (const part of tally.parts()) all.raise({ ...part })
    }
    return all.value
  }

  // What a process that lives has acknowledged is there; of others, and of unknown outcome, any part may be.
  #bounds(key: string): readonly [least: number, most: number] {
    let [least, most] = [0, 0]
    const isLost = this.#nodes.some(({ engine }) => engine.repairer.receipts.counts.orphans > 0)
    for (const { by, node, applied, isOwn, key: of } of this.#counts) {
      if (of !== key || applied === false) continue
      const isCertain = applied === true && isOwn && node.alive && !isLost
      if (isCertain || by < 0) least += by
      if (isCertain || by > 0) most += by
    }
    return [least, most]
  }
}

function tableOf(node: SimNode): Table<string, number> {
  return node.table<string, number>('counts')
}
