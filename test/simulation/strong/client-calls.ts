import type { ReadVersion, Result, RowOperation } from '../../../src/coordination/state/commands.ts'
import { ValueWriter } from '../../../src/core/codec.ts'
import { MnemeshError } from '../../../src/core/errors.ts'
import { encodeKey } from '../../../src/core/key.ts'
import { Violation } from '../support/violation.ts'
import { rotateMs } from './plan.ts'
import { type Conclusion, Recorder } from './recorder.ts'
import type { StrongCluster } from './strong-cluster.ts'
import type { StrongNode } from './strong-node.ts'

/** Virtual ms that a call of a client may take. */
export const timeoutMs = 2500

/** What calls of all kinds have in common: they are written down, and what they are told must be decided. */
export class ClientCalls {
  readonly recorder: Recorder
  readonly #cluster: StrongCluster
  readonly #values = new ValueWriter()

  constructor(cluster: StrongCluster) {
    this.#cluster = cluster
    this.recorder = new Recorder(() => cluster.world.now)
  }

  async barrier(node: StrongNode): Promise<void> {
    const invariants = this.#cluster.invariantsOf(node)
    const before = invariants.acknowledged
    await node.barrier(timeoutMs)
    if (node.process.isAlive && this.#cluster.invariantsOf(node) === invariants)
      invariants.read(node.id, before, node.strong.applied)
  }

  conclude(
    result: Result,
    answer: (outcomes: Extract<Result, { status: 'done' }>['outcomes']) => object,
  ): Conclusion {
    if (result.status === 'conflict' || result.status === 'fenced') return 'failed'
    if (result.status !== 'done') throw new Violation(`a transaction came to ${JSON.stringify(result)}`)
    return { answer: answer(result.outcomes), index: result.index }
  }

  /** As `conclude`, for what concerns a table that may be gone. */
  concludeUnlessGone(...[result, answer]: Parameters<ClientCalls['conclude']>): Conclusion {
    const isGone = result.status === 'refused' && result.code === 'ERR_TABLE_UNKNOWN'
    return isGone ? 'failed' : this.conclude(result, answer)
  }

  record(node: StrongNode, operation: Parameters<Recorder['record']>[1], run: () => Promise<Conclusion>) {
    const process = { process: node.id, isAlive: () => node.process.isAlive }
    return this.recorder.record(process, operation, async () => {
      const conclusion = await run()
      if (node.process.isAlive && conclusion !== 'failed' && conclusion.index !== undefined)
        this.#cluster.invariantsOf(node).answered(conclusion.index)
      return conclusion
    })
  }

  set(table: string, key: string, value: unknown): RowOperation {
    const length = this.#values.write(value, 'msgpack')
    const bytes = Buffer.from(this.#values.bytes.subarray(0, length))
    const none = { by: 0, lifetime: 'forever', condition: 'none' } as const
    return { kind: 'set', table, key: encodeKey(key), value: bytes, ...none }
  }

  name(what: string, index: number): string {
    return `${what}${index}-${Math.floor(this.#cluster.world.now / rotateMs)}`
  }

  sleep(node: StrongNode, ms: number): Promise<void> {
    return new Promise(resolve => void node.process.env.timers.after(ms, resolve))
  }

  /** The group's clock after that entry: what it made was made at that time. */
  clockAt(index: number): number | undefined {
    return this.#cluster.clocks[index]
  }
}

export function transaction(reads: readonly ReadVersion[], operations: readonly RowOperation[]) {
  return { kind: 'transaction', reads, ranges: [], guards: [], operations } as const
}

/** An error after which nobody knows what became of the call. */
export function unknownOutcome(message: string): MnemeshError {
  return new MnemeshError('ERR_UNKNOWN_OUTCOME', message, { maybeApplied: true })
}
