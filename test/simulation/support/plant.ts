import type { Replica } from '../../../src/replication/replica.ts'
import type { TableCopy } from '../../../src/storage/table.ts'
import type { SimNode } from './sim-cluster.ts'

/** What is planted into each process; nothing where the law is to hold. */
export type Plant = (node: SimNode) => void

/** A defect that can be planted into a process. */
export interface Bug {
  readonly what: string
  readonly plant: Plant
  /** Seeds from here on are searched; from 1 unless it is known that these do not show it. */
  readonly seed?: number
  /** The scene that shows it, where seeds hardly do. */
  readonly scene?: string
}

// Private fields are out of reach, and ought to be: a defect is planted where parts meet, in public methods.
type Open = Record<string, (...args: never[]) => unknown>

/** Puts another method in the place of one; it is given the one that was there. */
export function replace<T extends object, K extends keyof T & string>(
  target: T,
  name: K,
  make: (original: T[K]) => T[K],
): void {
  const open = target as unknown as Open
  open[name] = make(open[name].bind(target) as T[K]) as Open[string]
}

/** Changes every copy that the process holds, and will. */
export function eachCopy(node: SimNode, change: (copy: TableCopy) => void): void {
  for (const { copy } of node.engine.copies.all()) change(copy)
  replace(node.engine.copies, 'add', original => (copy, generation, active) => {
    change(copy)
    return original(copy, generation, active)
  })
}

/** Changes the doors to other nodes' copies, each once. */
export function eachReplica({ engine }: SimNode, change: (replica: Replica) => void): void {
  const changed = new WeakSet<Replica>()
  replace(engine.peers, 'replica', original => node => {
    const replica = original(node)
    if (!changed.has(replica)) {
      changed.add(replica)
      change(replica)
    }
    return replica
  })
}
