import type { Cancel, Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import type { Ack } from '../core/schema.ts'
import type { TableHolders } from './holders.ts'

const tickMs = 25

interface Waiter {
  readonly sequence: number
  readonly deadline: number
  readonly resolve: () => void
  readonly reject: (error: MnemeshError) => void
  done: boolean
}

/** Waiters for the same acknowledgement by the same nodes, in the order of their operations. */
interface Queue {
  readonly nodes: readonly string[]
  readonly needed: number
  readonly waiters: Waiter[]
}

/**
 * Which peer has confirmed which of this node's operations, and who waits for that. A call waits for the nodes that
 * held a copy when it began; one that dies meanwhile is not replaced, so that nothing is degraded silently. A copy
 * that is still being loaded counts: it keeps what it has applied.
 */
export class Acks {
  readonly #env: Environment
  // By table holders (immutable, so identity tells when they changed) and level.
  readonly #queues = new Map<TableHolders, Map<Ack, Queue>>()
  // Per node the range of operations that its stream brought it, first and last.
  readonly #confirmed = new Map<string, { first: number; last: number }>()
  #ticking: Cancel | undefined

  constructor(env: Environment) {
    this.#env = env
  }

  /** How many other copies must confirm. Throws ERR_NO_QUORUM before anything is written when too few are alive. */
  needed(ack: Ack, holders: TableHolders): number {
    const alive = holders.others.length
    if (ack === 'local' || holders.copies <= 1) return 0
    if (ack === 'all') return alive
    const needed = ack === 'one' ? 1 : Math.floor(holders.copies / 2)
    if (needed <= alive) return needed
    throw new MnemeshError(
      'ERR_NO_QUORUM',
      `ack '${ack}' needs ${needed} other live copies of table ${holders.table.name}, there are ${alive}; ` +
        `nothing was written; use ack 'local' to go on without`,
    )
  }

  /**
   * Resolves when `needed` of the holders' nodes have confirmed the operation. Rejects with ERR_TIMEOUT and
   * `maybeApplied` at the deadline: the operation itself stays and goes on spreading.
   */
  wait(sequence: number, ack: Ack, needed: number, holders: TableHolders, deadline: number): Promise<void> {
    const queue = this.#queueOf(holders, ack, needed)
    this.#ticking ??= this.#env.timers.every(tickMs, () => this.#expire())
    return new Promise((resolve, reject) => {
      queue.waiters.push({ sequence, deadline, resolve, reject, done: false })
    })
  }

  /** The stream to the node begins with operation `first`: what it confirms later says nothing about earlier ones. */
  begin(node: string, first: number): void {
    this.#confirmed.set(node, { first, last: first - 1 })
  }

  /** The node has applied this node's operations up to `sequence`, from the beginning of its stream. */
  confirm(node: string, sequence: number): void {
    const range = this.#confirmed.get(node)
    if (range === undefined || range.last >= sequence) return
    range.last = sequence
    for (const queues of this.#queues.values()) {
      for (const queue of queues.values()) if (queue.nodes.includes(node)) this.#settle(queue)
    }
  }

  /** True when the node is known to have everything that this one issued up to `sequence`. */
  hasConfirmed(node: string, sequence: number): boolean {
    const range = this.#confirmed.get(node)
    return range !== undefined && range.last >= sequence
  }

  close(error: MnemeshError): void {
    this.#ticking?.()
    for (const waiter of this.#waiters()) if (!waiter.done) waiter.reject(error)
    this.#queues.clear()
  }

  #queueOf(holders: TableHolders, ack: Ack, needed: number): Queue {
    let queues = this.#queues.get(holders)
    if (queues === undefined) {
      queues = new Map()
      this.#queues.set(holders, queues)
    }
    let queue = queues.get(ack)
    if (queue === undefined) {
      queue = { nodes: holders.others, needed, waiters: [] }
      queues.set(ack, queue)
    }
    return queue
  }

  #settle(queue: Queue): void {
    const ranges = queue.nodes.flatMap(node => this.#confirmed.get(node) ?? [])
    const last = Math.max(...ranges.map(range => range.last))
    for (const waiter of queue.waiters) {
      if (waiter.sequence > last) break
      if (waiter.done) continue
      let count = 0
      for (const range of ranges) if (range.first <= waiter.sequence && waiter.sequence <= range.last) count++
      if (count < queue.needed) continue
      waiter.done = true
      waiter.resolve()
    }
    let settled = 0
    while (settled < queue.waiters.length && queue.waiters[settled].done) settled++
    if (settled > 0) queue.waiters.splice(0, settled)
  }

  #expire(): void {
    const now = this.#env.clock.monotonic()
    for (const [holders, queues] of this.#queues) {
      for (const [ack, queue] of queues) {
        for (const waiter of queue.waiters) {
          if (waiter.done || waiter.deadline > now) continue
          waiter.done = true
          waiter.reject(late(ack, queue))
        }
        while (queue.waiters[0]?.done) queue.waiters.shift()
        if (queue.waiters.length === 0) queues.delete(ack)
      }
      if (queues.size === 0) this.#queues.delete(holders)
    }
    if (this.#queues.size > 0) return
    this.#ticking?.()
    this.#ticking = undefined
  }

  *#waiters(): IterableIterator<Waiter> {
    for (const queues of this.#queues.values()) for (const queue of queues.values()) yield* queue.waiters
  }
}

function late(ack: Ack, queue: Queue): MnemeshError {
  return new MnemeshError(
    'ERR_TIMEOUT',
    `fewer than ${queue.needed} of ${queue.nodes.join(', ')} confirmed the write before the deadline (ack '${ack}')`,
    { maybeApplied: true },
  )
}
