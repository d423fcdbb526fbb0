import type { LockEvent } from '../../../src/cli/chaos/checkers/locks.ts'
import type { StrongState } from '../../../src/coordination/state/strong-state.ts'
import type { Run } from './strong-node.ts'

/** Writes down what happens to locks, entry by entry, from what changes in the state that holds them. */
export class LockWatch {
  readonly events: LockEvent[] = []
  // Of each lock: who held it and who waited for it before.
  #before = new Map<string, { readonly held: ReadonlySet<string>; readonly queued: ReadonlySet<string> }>()

  /** The state has applied the entry at that index, for the first time of all members. */
  applied(state: StrongState, index: number, run: Run | undefined): void {
    this.#noteGuards(index, run)
    const records = state.locks.all()
    const now = new Map(
      records.map(({ name, holders, queue }) => {
        const held = new Set(holders.map(({ session, request }) => `${session}/${request}`))
        const queued = new Set(queue.map(({ session, request }) => `${session}/${request}`))
        return [name, { held, queued }]
      }),
    )
    for (const [lock, { held, queued }] of this.#before) {
      const after = now.get(lock)
      for (const request of held)
        if (after?.held.has(request) !== true) this.events.push({ kind: 'ended', lock, request })
      for (const request of queued)
        if (after?.queued.has(request) !== true && after?.held.has(request) !== true)
          this.events.push({ kind: 'ended', lock, request })
    }
    for (const { name: lock, permits, holders, queue } of records) {
      const before = this.#before.get(lock)
      for (const { session, request: sequence, mode, token } of holders) {
        const request = `${session}/${sequence}`
        if (before?.held.has(request) !== true)
          this.events.push({ kind: 'granted', lock, request, mode, permits, token })
      }
      for (const { session, request: sequence, mode } of queue) {
        const request = `${session}/${sequence}`
        if (before?.queued.has(request) !== true) this.events.push({ kind: 'queued', lock, request, mode })
      }
    }
    this.#before = now
  }

  #noteGuards(at: number, run: Run | undefined): void {
    const command = run?.request.command
    if (run?.result.status !== 'done' || run.result.index !== at || command?.kind !== 'transaction') return
    for (const { lock, token } of command.guards) this.events.push({ kind: 'guarded', lock, token, at })
  }
}
