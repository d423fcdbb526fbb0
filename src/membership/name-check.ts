import { type Is, type Message, messageType, writeMessage } from './messages.ts'
import type { Bearer } from './records.ts'
import { createIncarnation, type Member, startedAt } from './view.ts'

export interface NameCheckOptions {
  /** Where to ask: gossip addresses of seeds. */
  readonly seeds: readonly string[]
  /** Who does not answer for so long is taken for dead. */
  readonly timeoutMs: number
}

export type Send = (payload: Buffer, host: string) => void

interface Question {
  readonly isSeed: boolean
  answered: boolean
  /** On the monotonic clock. */
  until: number
}

const triesPerTimeout = 5
const maxQuestions = 64

/** Asks whoever is at that address who bears the name. Answered, if at all, by an `is` message. */
export function askWho(send: Send, name: string, at: string): void {
  send(writeMessage(messageType.who, { name, at }), at)
}

/** Answers the question of the node with that gossip address. */
export function answerWho(send: Send, answer: Omit<Is, 'type'>, from: string): void {
  send(writeMessage(messageType.is, answer), from)
}

/** The process at the other end of an `is` message, if it bears the name of that member and is another process. */
export function otherBearer(message: Message, from: string, self: Member): Bearer | undefined {
  if (message.type !== 'is' || message.name !== self.name || from === self.gossip) return undefined
  return message.bearers.find(
    ({ gossip, incarnation }) => gossip === from && incarnation !== self.incarnation,
  )
}

/**
 * Tells a restart from a second process of the same name, before the newcomer shows itself: asks the seeds where
 * the name was last seen, then whoever is there. An answer from there means that the name is taken.
 */
export class NameCheck {
  readonly #self: Member
  readonly #send: Send
  readonly #timeoutMs: number
  readonly #questions = new Map<string, Question>()
  readonly #ticker: NodeJS.Timeout
  #seen = 0
  #finish: (living: Bearer | undefined) => void = () => {}
  /** The live process that bears the name, or undefined when there is none that answers. */
  readonly result: Promise<Bearer | undefined>

  constructor(self: Member, send: Send, { seeds, timeoutMs }: NameCheckOptions) {
    this.#self = self
    this.#send = send
    this.#timeoutMs = timeoutMs
    this.result = new Promise(resolve => {
      this.#finish = resolve
    })
    this.#ticker = setInterval(() => this.#tick(), timeoutMs / triesPerTimeout)
    for (const host of seeds) this.#ask(host, true)
    this.#finishWhenDone()
  }

  /**
   * The newcomer's incarnation, or a later one when an earlier process of the name has had a later one already: the
   * host's clock has stepped back since (D-20). `random` holds 12 new bits at least.
   */
  incarnation(random: number): number {
    const { incarnation } = this.#self
    if (this.#seen < incarnation) return incarnation
    return createIncarnation(startedAt({ ...this.#self, incarnation: this.#seen }) + 1, random)
  }

  /** Takes in what came from the node with that gossip address. */
  receive(message: Message, from: string): void {
    const { name, gossip } = this.#self
    if (message.type === 'who') {
      // From ourselves when a seed is this node under another address: nobody else is there.
      if (from === gossip) this.#noteAnswer(message.at)
      else answerWho(this.#send, { name: message.name, at: message.at, bearers: [] }, from)
    } else if (message.type === 'is' && message.name === name) {
      const living = otherBearer(message, from, this.#self)
      if (living !== undefined) this.#end(living)
      this.#noteAnswer(message.at)
      for (const bearer of message.bearers) {
        this.#ask(bearer.gossip, false)
        this.#seen = Math.max(this.#seen, bearer.incarnation)
      }
      this.#hurrySeeds()
    }
    this.#finishWhenDone()
  }

  #ask(host: string, isSeed: boolean): void {
    // At our own address there can be nobody else, or we could not have bound it.
    if (host === this.#self.gossip || this.#questions.has(host) || this.#questions.size >= maxQuestions)
      return
    this.#questions.set(host, { isSeed, answered: false, until: performance.now() + this.#timeoutMs })
    askWho(this.#send, this.#self.name, host)
  }

  #noteAnswer(host: string): void {
    const question = this.#questions.get(host)
    if (question !== undefined) question.answered = true
  }

  // What one seed knows they all know, or nearly: the others get one more try instead of delaying every start.
  #hurrySeeds(): void {
    const until = performance.now() + (1.5 * this.#timeoutMs) / triesPerTimeout
    for (const question of this.#questions.values()) {
      if (question.isSeed) question.until = Math.min(question.until, until)
    }
  }

  #tick(): void {
    for (const [host, question] of this.#questions) {
      if (!question.answered) askWho(this.#send, this.#self.name, host)
    }
    this.#finishWhenDone()
  }

  #finishWhenDone(): void {
    const now = performance.now()
    if ([...this.#questions.values()].every(({ answered, until }) => answered || now >= until))
      this.#end(undefined)
  }

  #end(living: Bearer | undefined): void {
    clearInterval(this.#ticker)
    this.#finish(living)
  }
}
