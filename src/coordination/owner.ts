import type { Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import type { Operation, Outcome } from '../core/operation.ts'
import { partitionOf } from '../core/partition.ts'
import type { Holders } from '../replication/holders.ts'
import type { Operator } from '../replication/operator.ts'
import type { HeldCopy } from '../storage/copies.ts'

export interface OwnerParts {
  readonly holders: Holders
  readonly operator: Operator
  readonly self: string
}

/**
 * Decides, one at a time, what must be decided once for a key: put-if-absent, compare-and-set, increment. The owner
 * is the first active holder in the ring's order of the key's partition. Two nodes whose views differ may both
 * believe to be it; their results then converge to the newer one.
 */
export class Owner {
  readonly #env: Environment
  readonly #parts: OwnerParts

  constructor(env: Environment, parts: OwnerParts) {
    this.#env = env
    this.#parts = parts
  }

  /** Rejects with ERR_NOT_OWNER, naming who it believes to be the owner, without passing the operation on. */
  async decide(held: HeldCopy, operation: Operation, deadline: number): Promise<Outcome> {
    const { key } = operation
    const partition = partitionOf(held.copy.hashOf(key, 0, key.length))
    const owner = this.#parts.holders.owner(held.copy.id, partition)
    if (owner !== this.#parts.self) throw notOwner(this.#parts.self, owner)
    if (this.#env.clock.monotonic() >= deadline) {
      throw new MnemeshError(
        'ERR_TIMEOUT',
        'the operation came to its owner after its deadline; nothing was done',
      )
    }
    const { outcome, acknowledged } = this.#parts.operator.make(held, operation, deadline)
    await acknowledged
    return outcome
  }
}

function notOwner(self: string, owner: string | undefined): MnemeshError {
  const believed = owner === undefined ? 'nobody' : owner
  return new MnemeshError(
    'ERR_NOT_OWNER',
    `${self} does not own the key, ${believed} does as ${self} sees it`,
    {
      details: { owner },
    },
  )
}
