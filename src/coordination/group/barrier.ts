import type { Environment } from '../../core/environment.ts'
import { MnemeshError } from '../../core/errors.ts'
import type { Call } from '../../wire/caller.ts'
import type { MemberId } from '../consensus/types.ts'
import { noQuorum } from './no-quorum.ts'

const resendMs = 300
const alternative = "read with consistency: 'local' for what this node has"

export interface BarrierParts {
  readonly leader: () => MemberId | undefined
  readonly hasQuorum: () => boolean
  readonly voters: () => readonly MemberId[]
  /** Asks the leader what must be applied before a read that begins now. */
  readonly ask: (leader: MemberId, tag: number) => void
  readonly applied: () => number
}

interface Reader {
  readonly deadline: number
  readonly resolve: () => void
  readonly reject: (error: MnemeshError) => void
}

interface Question {
  readonly readers: readonly Reader[]
  sentAt: number
  sentTo: MemberId | undefined
}

/**
 * Lets a reader wait until this process has applied everything that was acknowledged, anywhere, before it asked.
 * Readers of one turn of the event loop share one question.
 */
export class Barrier {
  readonly #env: Environment
  readonly #parts: BarrierParts
  readonly #questions = new Map<number, Question>()
  // By the index that they wait for; few, since they are answered in the order of the log.
  #waiting: { readonly index: number; readonly readers: readonly Reader[] }[] = []
  #gathered: Reader[] = []
  #tag = 0

  constructor(env: Environment, parts: BarrierParts) {
    this.#env = env
    this.#parts = parts
  }

  /** Rejects with ERR_NO_QUORUM when no leader answers in time: nothing was read. */
  pass(call: Call): Promise<void> {
    if (!this.#parts.hasQuorum()) return Promise.reject(this.#noQuorum())
    return new Promise<void>((resolve, reject) => {
      this.#gathered.push({ deadline: call.deadline, resolve, reject })
      if (this.#gathered.length === 1) this.#env.timers.soon(() => this.#ask())
    })
  }

  /** The leader's answer; undefined from one who does not lead. */
  answered(tag: number, index: number | undefined): void {
    const question = this.#questions.get(tag)
    if (question === undefined) return
    if (index === undefined) {
      question.sentTo = undefined
      return
    }
    this.#questions.delete(tag)
    this.#waiting.push({ index, readers: question.readers })
    this.advanced()
  }

  /** More of the log was applied here. */
  advanced(): void {
    if (this.#waiting.length === 0) return
    const applied = this.#parts.applied()
    const ready = this.#waiting.filter(({ index }) => index <= applied)
    if (ready.length === 0) return
    this.#waiting = this.#waiting.filter(({ index }) => index > applied)
    for (const { readers } of ready) for (const reader of readers) reader.resolve()
  }

  tick(): void {
    const nowMs = this.#env.clock.monotonic()
    const leader = this.#parts.leader()
    for (const [tag, question] of this.#questions) {
      if (this.#isOver(question.readers, nowMs)) this.#questions.delete(tag)
      else if (leader !== undefined && (question.sentTo !== leader || nowMs - question.sentAt >= resendMs))
        this.#send(tag, question, leader)
    }
    this.#waiting = this.#waiting.filter(({ readers }) => !this.#isOver(readers, nowMs))
  }

  close(error: MnemeshError): void {
    const readers = [...this.#questions.values(), ...this.#waiting].flatMap(({ readers: each }) => each)
    for (const reader of [...readers, ...this.#gathered]) reader.reject(error)
    this.#questions.clear()
    this.#waiting = []
    this.#gathered = []
  }

  // All of them are late, or there is nobody to ask; the others go on without the ones that gave up.
  #isOver(readers: readonly Reader[], nowMs: number): boolean {
    const lost = !this.#parts.hasQuorum()
    let open = 0
    for (const reader of readers) {
      if (lost || nowMs >= reader.deadline) reader.reject(lost ? this.#noQuorum() : late())
      else open++
    }
    return open === 0
  }

  #noQuorum(): MnemeshError {
    return noQuorum(this.#parts.voters(), `nothing was read; ${alternative}`)
  }

  #ask(): void {
    const readers = this.#gathered
    if (readers.length === 0) return
    this.#gathered = []
    const tag = ++this.#tag
    const question: Question = { readers, sentAt: 0, sentTo: undefined }
    this.#questions.set(tag, question)
    const leader = this.#parts.leader()
    if (leader !== undefined) this.#send(tag, question, leader)
  }

  #send(tag: number, question: Question, leader: MemberId): void {
    question.sentTo = leader
    question.sentAt = this.#env.clock.monotonic()
    this.#parts.ask(leader, tag)
  }
}

function late(): MnemeshError {
  return new MnemeshError(
    'ERR_NO_QUORUM',
    `no leader answered before the deadline; nothing was read; ${alternative}`,
  )
}
