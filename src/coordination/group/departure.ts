import type { Environment } from '../../core/environment.ts'
import { membersOf } from '../consensus/configuration.ts'
import type { MemberId } from '../consensus/types.ts'
import type { Group } from './group.ts'
import type { Leadership } from './leadership.ts'
import type { Whereabouts } from './whereabouts.ts'

const askEveryMs = 100

export interface DepartureParts {
  readonly group: Group
  readonly leadership: Leadership
  readonly whereabouts: Whereabouts
}

/** Members that give up their membership, this process or others (S14). */
export class Departure {
  readonly #env: Environment
  readonly #parts: DepartureParts
  readonly #leaving = new Set<MemberId>()
  #isLeaving = false
  #gone: (() => void) | undefined

  constructor(env: Environment, parts: DepartureParts) {
    this.#env = env
    this.#parts = parts
  }

  /** True once this process has begun to leave. */
  get isLeaving(): boolean {
    return this.#isLeaving
  }

  /** Members that said that they leave. */
  get leaving(): ReadonlySet<MemberId> {
    return this.#leaving
  }

  /**
   * Asks the leader to take this process out, handing over first if that is itself. Resolves when it is out, or after
   * that time: then the other members have been told, which proves this process dead to those who cannot decide.
   */
  async leave(timeoutMs: number): Promise<void> {
    const { group } = this.#parts
    if (group.id === '' || this.#others().length === 0) return
    this.#isLeaving = true
    await new Promise<void>(resolve => {
      const again = this.#env.timers.every(askEveryMs, () => this.#ask())
      const cancel = this.#env.timers.after(timeoutMs, () => {
        for (const member of this.#others()) group.send(member, { type: 'leaving' })
        this.#gone?.()
      })
      this.#gone = () => {
        again()
        cancel()
        this.#gone = undefined
        resolve()
      }
      this.#ask()
    })
  }

  /** Another process leaves; or it leads, and this one is out. */
  hear(from: MemberId): void {
    const { group, whereabouts } = this.#parts
    if (this.#gone !== undefined && from !== group.self) {
      if (from === group.leader) this.#gone()
      return
    }
    this.#leaving.add(from)
    whereabouts.left(from, this.#env.clock.monotonic())
    const { configuration } = group.consensus.state
    const isOut = configuration !== undefined && !membersOf(configuration).includes(from)
    if (group.consensus.isLeader && isOut && group.consensus.canConfigure)
      group.send(from, { type: 'leaving' })
  }

  #ask(): void {
    const { group, leadership } = this.#parts
    if (!group.consensus.isLeader) {
      if (this.#leaving.has(group.self)) this.#gone?.()
      else if (group.leader !== undefined) group.send(group.leader, { type: 'leaving' })
      return
    }
    if (!leadership.handOver()) this.#leaving.add(group.self)
  }

  #others(): MemberId[] {
    const { self, consensus } = this.#parts.group
    const { configuration } = consensus.state
    return configuration === undefined ? [] : membersOf(configuration).filter(member => member !== self)
  }
}
