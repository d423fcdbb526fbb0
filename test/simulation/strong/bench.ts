import { Consensus } from '../../../src/coordination/consensus/consensus.ts'
import { type ConsensusOptions, consensusDefaults } from '../../../src/coordination/consensus/member-state.ts'
import type {
  Configuration,
  LogEntry,
  MemberId,
  Message,
  StateMachine,
} from '../../../src/coordination/consensus/types.ts'

interface Carried {
  readonly from: MemberId
  readonly to: MemberId
  readonly message: Message
}

/** A machine that only remembers what it applied. */
class Remembering implements StateMachine {
  applied: { readonly index: number; readonly text: string }[] = []

  apply(index: number, { kind, payload }: LogEntry): void {
    if (kind === 'command') this.applied.push({ index, text: payload.toString() })
  }

  snapshot() {
    const pieces = [Buffer.from(JSON.stringify(this.applied))]
    return { next: () => pieces.shift(), close: () => {} }
  }

  restore() {
    let text = ''
    return {
      chunk: (bytes: Buffer) => {
        text += bytes
      },
      done: () => {
        this.applied = JSON.parse(text)
      },
      close: () => {},
    }
  }
}

/** Members of one log on a bench: nothing happens by itself, every message waits until a test lets it through. */
export class Bench {
  readonly members = new Map<MemberId, Consensus>()
  readonly machines = new Map<MemberId, Remembering>()
  readonly reads: { readonly by: MemberId; readonly tag: number; readonly index: number | undefined }[] = []
  waiting: Carried[] = []
  nowMs = 0
  readonly #options: Partial<ConsensusOptions>

  constructor(ids: readonly MemberId[], options: Partial<ConsensusOptions> = {}) {
    this.#options = options
    for (const id of ids) this.add(id, { voters: ids, old: undefined, learners: [] })
  }

  /** A member; without a configuration it has to be told everything. */
  add(self: MemberId, configuration?: Configuration): Consensus {
    const machine = new Remembering()
    const member = new Consensus(
      { ...consensusDefaults, ...this.#options, self },
      { machine, random: () => 0 },
    )
    if (configuration !== undefined) member.bootstrap(configuration)
    this.members.set(self, member)
    this.machines.set(self, machine)
    return member
  }

  at(id: MemberId): Consensus {
    const member = this.members.get(id)
    if (member === undefined) throw new Error(`no ${id}`)
    return member
  }

  step(id: MemberId, input: Parameters<Consensus['step']>[0]): number | undefined {
    const { messages, reads, proposedAt } = this.at(id).step(input, { ms: this.nowMs, wallMs: this.nowMs })
    for (const { to, message } of messages) this.waiting.push({ from: id, to, message })
    for (const read of reads) this.reads.push({ by: id, ...read })
    return proposedAt
  }

  /** Proposes and, unless told otherwise, sends; returns the index. */
  propose(id: MemberId, text: string, flush = true): number | undefined {
    const index = this.step(id, { kind: 'propose', payloads: [Buffer.from(text)] })
    if (flush) this.step(id, { kind: 'flush' })
    return index
  }

  /** Delivers what is let through, and what comes of it, until nothing of it waits any more. The rest stays. */
  deliver(isLet: (carried: Carried) => boolean = () => true, most = 10_000): void {
    for (let count = 0; count < most; count++) {
      const at = this.waiting.findIndex(isLet)
      if (at === -1) return
      const [{ from, to, message }] = this.waiting.splice(at, 1)
      if (!this.members.has(to)) continue
      this.step(to, { kind: 'message', from, message })
      this.step(to, { kind: 'flush' })
    }
    throw new Error(`no end after ${most} messages`)
  }

  /** Delivers everything among those members only, and forgets the rest. */
  among(...ids: readonly MemberId[]): void {
    this.deliver(({ from, to }) => ids.includes(from) && ids.includes(to))
    this.waiting = []
  }

  /** The member is elected by those others, who have heard of no leader for long. What else was under way is lost. */
  elect(id: MemberId, ...voters: readonly MemberId[]): void {
    const isVote = (message: Message) => /ote/.test(message.type)
    for (let round = 0; round < 6 && !this.at(id).isLeader; round++) {
      this.waiting = []
      this.nowMs += 2 * consensusDefaults.electionMs + 1
      this.step(id, { kind: 'tick' })
      const group = [id, ...voters]
      this.deliver(({ from, to, message }) => isVote(message) && group.includes(from) && group.includes(to))
    }
    if (!this.at(id).isLeader) throw new Error(`${id} was not elected`)
  }

  /** A leader that hears of nobody for long. */
  stepDown(id: MemberId): void {
    for (let i = 0; i < 5; i++) this.pass(consensusDefaults.electionMs, id)
    this.waiting = []
    if (this.at(id).isLeader) throw new Error(`${id} goes on leading`)
  }

  /** Time goes on; these members notice. */
  pass(ms: number, ...ids: readonly MemberId[]): void {
    this.nowMs += ms
    for (const id of ids) this.step(id, { kind: 'tick' })
  }

  commitOf(id: MemberId): number {
    return this.at(id).state.commit
  }

  textsOf(id: MemberId): string[] {
    return (this.machines.get(id)?.applied ?? []).map(({ text }) => text)
  }
}
