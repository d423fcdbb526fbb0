import { maxValueBytes } from '../../../src/core/codec.ts'
import { MnemeshError } from '../../../src/core/errors.ts'
import { TypedCoordination } from '../../../src/face/coordination.ts'
import type { Tx } from '../../../src/face/types.ts'
import { EmbeddedCoordination } from '../../../src/node/embedded-coordination.ts'
import { Violation } from '../support/violation.ts'
import { SeededRandom } from '../support/world.ts'
import { type ClientCalls, timeoutMs } from './client-calls.ts'
import { faultsMs, makePlan, type PlannedOperation, type StrongPlan } from './plan.ts'
import type { StrongNode } from './strong-node.ts'

type CrowdOperation = Extract<PlannedOperation, { kind: 'crowd' }>

const clientsAtOnce = 6

/** The troubles of that seed, under clients of each process that meet at few keys all the time. */
export function makeCrowdPlan(seed: number): StrongPlan {
  const random = new SeededRandom(seed + 7_000_000)
  const operations = Array.from({ length: 90 }, (_, i): PlannedOperation[] => {
    const at = Math.floor(random.unit() * faultsMs)
    const node = random.below(1000)
    return Array.from({ length: clientsAtOnce }, (_, j) => ({
      ...{ kind: 'crowd', id: 1 + i * clientsAtOnce + j, at, node },
      ...{ lists: random.shuffle([0, 1, 2]).slice(0, 1 + random.below(2)) },
      ends: random.pick(['writes', 'writes', 'writes', 'reads', 'throws'] as const),
    }))
  })
  return { ...makePlan(seed), operations: operations.flat().sort((a, b) => a.at - b.at), loss: undefined }
}

/** What a closure saw before it threw. */
class Seen extends Error {
  readonly lists: ReadonlyMap<string, readonly number[]>

  constructor(lists: ReadonlyMap<string, readonly number[]>) {
    super('the closure threw what it saw')
    this.lists = lists
  }
}

/** Clients in the processes themselves, whose transactions run as those of users do: again, and in line with others. */
export class Crowd {
  readonly #calls: ClientCalls
  readonly #coordinations = new WeakMap<StrongNode, TypedCoordination>()
  readonly #thrown: Seen[] = []

  constructor(calls: ClientCalls) {
    this.#calls = calls
  }

  async perform(node: StrongNode, { id, lists, ends }: CrowdOperation): Promise<void> {
    const names = lists.map(i => this.#calls.name('list', i))
    if (ends === 'throws') return this.#throw(node, names)
    const appends = ends === 'writes' ? names.map((list, i) => [list, id * 10 + i] as const) : []
    await this.#calls.record(node, { kind: 'lists', reads: names, appends }, async () => {
      const reads = await this.#transaction(node, async tx => {
        const found = await read(tx, names)
        for (const [list, value] of appends) tx.table('lists').set(list, [...(found.get(list) ?? []), value])
        return [...found.values()]
      })
      return { answer: { reads } }
    })
  }

  /** What closures threw was so at some time: each list was as long once. */
  judge(node: StrongNode): void {
    for (const { lists } of this.#thrown)
      for (const [list, seen] of lists) {
        const final = (node.read('lists', list).value ?? []) as readonly number[]
        if (seen.some((value, i) => final[i] !== value))
          throw new Violation(`a closure in line told of ${list} as ${seen}, which became ${final}`)
      }
  }

  async #throw(node: StrongNode, names: readonly string[]): Promise<void> {
    try {
      await this.#transaction(node, async tx => {
        throw new Seen(await read(tx, names))
      })
    } catch (error) {
      if (error instanceof Seen) this.#thrown.push(error)
      else if (!MnemeshError.is(error)) throw error
    }
  }

  #transaction<T>(node: StrongNode, work: (tx: Tx) => Promise<T>): Promise<T> {
    let coordination = this.#coordinations.get(node)
    if (coordination === undefined) {
      const { strong, process } = node
      const parts = { strong, maxValueBytes, explain: () => {} }
      coordination = new TypedCoordination(process.env, new EmbeddedCoordination(process.env, parts))
      this.#coordinations.set(node, coordination)
    }
    return coordination.transaction(work, { timeout: timeoutMs })
  }
}

async function read(tx: Tx, names: readonly string[]): Promise<Map<string, readonly number[]>> {
  const found = await tx.table<string, number[]>('lists').getMany(names)
  return new Map(names.map((list, i) => [list, found[i] ?? []]))
}
