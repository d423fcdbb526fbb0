import { LocalReplica, type LocalReplicaParts } from '../../../src/replication/local-replica.ts'
import type { WatchListener } from '../../../src/replication/replica.ts'
import { Violation } from '../support/violation.ts'
import type { ModelTables, TableChange } from './model-tables.ts'
import type { StrongNode } from './strong-node.ts'
import { tables } from './tables.ts'

const everything = Buffer.alloc(0)

/** What one subscriber was told of one life of a table; `index` of a resync: what had been applied then. */
type Told = Omit<TableChange, 'kind'> & { readonly kind: TableChange['kind'] | 'resync' | 'evict' }

interface Subscription {
  readonly node: StrongNode
  readonly name: string
  readonly generation: number
  /** What was applied when it began. */
  readonly from: number
  readonly told: Told[]
}

/**
 * A watcher of every table in every process, through the doors that a watcher has. Each is told of every change in the
 * order of the log, nothing twice, and nothing is left out without a `resync`.
 */
export class Watchers {
  readonly #truth: ModelTables
  readonly #all: Subscription[] = []
  readonly #open = new Map<StrongNode, Map<string, Subscription>>()
  readonly #replicas = new Map<StrongNode, LocalReplica>()

  constructor(truth: ModelTables) {
    this.#truth = truth
  }

  /** That process has applied that entry: whatever table it has now is watched from here on. */
  applied(node: StrongNode, index: number): void {
    const open = this.#open.get(node) ?? new Map<string, Subscription>()
    this.#open.set(node, open)
    for (const name of tables) {
      const entry = node.state.table(name)?.entry
      if (entry === undefined || open.has(name)) continue
      const { id, generation } = entry
      const subscription: Subscription = { node, name, generation, from: index, told: [] }
      open.set(name, subscription)
      this.#all.push(subscription)
      this.#replica(node).watchNow(
        id,
        everything,
        this.#listener(subscription, () => open.delete(name)),
      )
    }
  }

  /** Holds what was told against what happened; a process that lives has been told everything. Returns how much. */
  judge(): number {
    let judged = 0
    for (const subscription of this.#all) judged += this.#judge(subscription)
    return judged
  }

  #listener({ node, told }: Subscription, ended: () => void): WatchListener {
    return {
      changed: (kind, { h, keyBytes, keyStart, keyLength }) =>
        void told.push({ kind, index: h, key: keyBytes.toString('hex', keyStart, keyStart + keyLength) }),
      event: kind => void told.push({ kind, index: node.state.lastApplied, key: '' }),
      ended: () => {
        told.push({ kind: 'gone', index: node.state.lastApplied, key: '' })
        ended()
      },
    }
  }

  #judge(subscription: Subscription): number {
    const { node, name, generation, from, told } = subscription
    const truth = this.#truth.changesOf(name, generation)
    const after = (index: number) => {
      const next = truth.findIndex(change => change.index > index)
      return next === -1 ? truth.length : next
    }
    let at = after(from)
    for (const each of told) {
      // Whoever takes over another state learns of a drop only by what is not there any more.
      if (each.kind === 'gone') return told.length
      if (each.kind === 'resync') at = after(each.index)
      else if (text(each) !== text(truth[at]))
        throw new Violation(
          `${node.id} told who watches ${name} of ${text(each)} instead of ${text(truth[at])}`,
        )
      else at++
    }
    if (node.process.isAlive && at < after(node.strong.applied))
      throw new Violation(`${node.id} never told who watches ${name} of ${text(truth[at])}`)
    return told.length
  }

  // Watching takes nothing of it but the copies.
  #replica(node: StrongNode): LocalReplica {
    const { process, copies, origins } = node
    const made = new LocalReplica(process.env, { node: node.name, copies, origins } as LocalReplicaParts)
    const replica = this.#replicas.get(node) ?? made
    this.#replicas.set(node, replica)
    return replica
  }
}

function text(change: Told | undefined): string {
  return change === undefined ? 'nothing' : `${change.kind} ${change.key} at ${change.index}`
}
