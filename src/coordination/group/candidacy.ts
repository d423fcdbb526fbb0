import type { Environment } from '../../core/environment.ts'
import { incarnationOf } from '../../membership/view.ts'
import type { MemberId } from '../consensus/types.ts'
import type { Allegiance } from './allegiance.ts'
import type { Group } from './group.ts'
import { leaveBehind } from './group-parts.ts'
import type { Heard } from './reformation.ts'

/** So long the seeds are asked before a group is founded without their answers. */
const askForMs = 2000

export interface CandidacyParts {
  readonly group: Group
  readonly allegiance: Allegiance
  /** Other processes that are believed alive, of whatever group. */
  readonly peers: () => readonly MemberId[]
  readonly heard: ReadonlyMap<MemberId, Heard>
  /** Presents this process to all others at once. */
  readonly greetAll: () => void
  readonly begin: (id: string, provisional: boolean) => void
}

/**
 * Who founds a group where nobody has one: the process that is there the longest, once all that are there have said that
 * they have none. It asks the seeds to count for its group first, and founds a provisional one where too few do.
 */
export class Candidacy {
  readonly #env: Environment
  readonly #parts: CandidacyParts
  #mayFound = false
  #hasListened = false
  #id = ''
  #askedAt: number | undefined

  constructor(env: Environment, parts: CandidacyParts) {
    this.#env = env
    this.#parts = parts
  }

  /** Id of the group that it would found and asks the seeds to count for; '' for none. */
  get asks(): string {
    return this.#id
  }

  /** From now on one may be founded; `hasListened` when the seeds were waited for long enough and stayed silent. */
  allow(hasListened: boolean): void {
    this.#mayFound = true
    this.#hasListened = hasListened
  }

  /** For a process in no group. */
  tick(nowMs: number): void {
    const { group, allegiance, peers, heard, greetAll, begin } = this.#parts
    if (!this.#mayFound) return
    for (const peer of peers()) {
      const last = heard.get(peer)
      if (last === undefined) return
      if (last.greeting.group !== '' || isBefore(peer, group.self)) {
        this.giveUp()
        return
      }
    }
    if (this.#askedAt === undefined) {
      this.#askedAt = nowMs
      this.#id = Buffer.from(this.#env.random.bytes(16)).toString('hex')
      allegiance.give(this.#id, [])
      greetAll()
    }
    const isSure = allegiance.hasMost(this.#id, 0)
    if (!isSure && !this.#hasListened && nowMs - this.#askedAt < askForMs) return
    const id = this.#id
    this.#id = ''
    this.#askedAt = undefined
    begin(id, !isSure)
  }

  /** There is another group, or somebody else's turn: who counts for this one is free again. */
  giveUp(): void {
    if (this.#id === '') return
    leaveBehind(this.#parts.group.left, this.#id)
    this.#id = ''
    this.#askedAt = undefined
  }
}

// The longest there: processes that start together agree on it, whatever the order in which they hear of each other.
function isBefore(a: MemberId, b: MemberId): boolean {
  const [lifeA, lifeB] = [incarnationOf(a), incarnationOf(b)]
  return lifeA === lifeB ? a < b : lifeA < lifeB
}
