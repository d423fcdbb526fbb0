import type { Cancel, Environment } from '../core/environment.ts'
import { toMnemeshError } from '../core/errors.ts'
import type { Membership } from '../membership/membership.ts'
import { memberId } from '../membership/view.ts'
import type { TableCopy } from '../storage/table.ts'
import type { Repairer } from './repairer.ts'
import type { Replicas } from './replica.ts'
import type { Standing } from './standing.ts'

const retryMs = 200
const callTimeoutMs = 5000

export interface JoiningParts {
  readonly membership: Membership
  readonly replicas: Replicas
  readonly isConnected: (node: string) => boolean
  readonly repairer: Repairer
  readonly schema: TableCopy
  readonly standing: Standing
}

/**
 * How a starting node gets the schema: from any member that has it, or, where all are just starting, by exchanging
 * what little each has with every one of them. Only then may it change anything.
 */
export class Joining {
  readonly #env: Environment
  readonly #parts: JoiningParts
  readonly #exchanged = new Set<string>()
  readonly #running = new Set<string>()
  #off: Cancel[] = []
  #mayBegin = false

  constructor(env: Environment, parts: JoiningParts) {
    this.#env = env
    this.#parts = parts
    this.#off = [parts.membership.onChange(() => this.#run()), env.timers.every(retryMs, () => this.#run())]
  }

  /** The seeds have been heard, or there are none, or they were waited for: the members in view are all there are. */
  mayBegin(): void {
    this.#mayBegin = true
    this.#run()
  }

  stop(): void {
    for (const off of this.#off) off()
    this.#off = []
  }

  #run(): void {
    const { standing, membership } = this.#parts
    if (standing.ready) {
      this.stop()
      return
    }
    const others = membership.view.members.filter(({ name }) => name !== standing.member.name)
    for (const other of others) {
      const id = memberId(other)
      if (this.#exchanged.has(id) || this.#running.has(id) || !this.#parts.isConnected(other.name)) continue
      this.#running.add(id)
      this.#exchange(other.name, id)
        .catch(error =>
          this.#env.log.debug({ node: other.name, err: toMnemeshError(error) }, 'schema exchange failed'),
        )
        .finally(() => {
          this.#running.delete(id)
          this.#run()
        })
    }
    if (this.#mayBegin && others.every(other => this.#exchanged.has(memberId(other)))) standing.becomeReady()
  }

  async #exchange(node: string, id: string): Promise<void> {
    const call = { deadline: this.#env.clock.monotonic() + callTimeoutMs }
    // Asked first: what is ready before the exchange has given all there is.
    const { ready } = await this.#parts.replicas(node).status(call)
    await this.#parts.repairer.repair(node, this.#parts.schema)
    this.#exchanged.add(id)
    if (ready === true) this.#parts.standing.becomeReady()
  }
}
