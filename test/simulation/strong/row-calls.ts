import type { RegisterOperation } from '../../../src/cli/chaos/checkers/history.ts'
import { defineOptions } from '../../../src/core/schema.ts'
import { type ClientCalls, timeoutMs, transaction } from './client-calls.ts'
import type { PlannedOperation } from './plan.ts'
import type { StrongNode } from './strong-node.ts'

type Operation<K extends PlannedOperation['kind']> = Extract<PlannedOperation, { kind: K }>

export const majority = defineOptions({ majority: true })

/** Single rows, some for a time only, in tables that are cleared, dropped and made again meanwhile. */
export class RowCalls {
  readonly #calls: ClientCalls

  constructor(calls: ClientCalls) {
    this.#calls = calls
  }

  async register(node: StrongNode, plan: Operation<'register'>): Promise<void> {
    const { action, id, table, ttlMs } = plan
    const key = this.#calls.name(table, plan.key)
    const found = node.read(table, key)
    const version = plan.stale ? Math.max(0, found.version - 1) : found.version
    const value = id * 1000
    const operation: RegisterOperation = {
      ...{ kind: 'register', table, key, action },
      ...(action === 'set' || action === 'ifAbsent' ? { value } : {}),
      ...(action === 'ifVersion' ? { value, version } : {}),
      ...(action === 'increment' ? { by: 1 } : {}),
      ...(ttlMs > 0 && action !== 'get' && action !== 'delete' ? { ttlMs } : {}),
    }
    await this.#calls.record(node, operation, async () => {
      if (action === 'get') {
        await this.#calls.barrier(node)
        const row = node.read(table, key)
        const answer = { value: row.value as number | undefined, version: row.version }
        return { answer: { ...answer, clock: node.strong.clock } }
      }
      const condition = action === 'ifAbsent' ? 'absent' : action === 'ifVersion' ? version : 'none'
      const kind = action === 'delete' || action === 'increment' ? action : 'set'
      const lifetime = ttlMs > 0 ? ttlMs : 'forever'
      const row = { ...this.#calls.set(table, key, value), kind, condition, by: 1, lifetime } as const
      const result = await node.submit(transaction([], [row]), timeoutMs)
      return this.#calls.concludeUnlessGone(result, ([outcome]) => ({
        applied: outcome.applied,
        value: outcome.number,
        version: outcome.applied ? outcome.version : undefined,
        clock: this.#calls.clockAt(result.index),
      }))
    })
  }

  /** Clears the table, or drops it and makes it anew a while later. */
  async wipe(node: StrongNode, { table, how, thinkMs }: Operation<'wipe'>): Promise<void> {
    await this.#calls.record(node, { kind: 'clear', table }, async () => {
      const command = how === 'clear' ? { kind: 'clear', table } : { kind: 'dropTable', name: table }
      const result = await node.submit(command as Parameters<StrongNode['submit']>[0], timeoutMs)
      return this.#calls.concludeUnlessGone(result, () => ({}))
    })
    if (how === 'clear') return
    await this.#calls.sleep(node, thinkMs)
    await this.#calls.record(node, { kind: 'create', table }, async () => {
      const made = { kind: 'createTable', name: table, definition: majority, generation: 0 } as const
      return this.#calls.conclude(await node.submit(made, timeoutMs), () => ({}))
    })
  }
}
