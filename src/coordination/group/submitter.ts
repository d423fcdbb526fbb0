import type { Environment } from '../../core/environment.ts'
import { MnemeshError } from '../../core/errors.ts'
import { overloaded } from '../../core/overload.ts'
import type { Call } from '../../wire/caller.ts'
import type { MemberId } from '../consensus/types.ts'
import type { Command, Request, Result } from '../state/commands.ts'
import type { Answered, Numbered } from '../strong.ts'
import type { ProposalsRefused } from './group-message.ts'
import { noQuorum } from './no-quorum.ts'

/** A request that is not answered within this is sent again: to whoever leads then. */
const resendMs = 400
const maxOutstanding = 16_384
/** Of a group that has too much to decide: some rounds of its log. */
const retryAfterMs = 200

export interface SubmitterParts {
  /** The session of this process in the group's state; undefined while it is in no group. */
  readonly session: () => string | undefined
  /** What the state remembers of that request. */
  readonly resultOf: (session: string, sequence: number) => Result | undefined
  readonly encode: (request: Request) => Buffer
  /** Who leads, as far as is known here. */
  readonly leader: () => MemberId | undefined
  /** False when this process has been out of touch with every leader for too long. */
  readonly hasQuorum: () => boolean
  readonly voters: () => readonly MemberId[]
  /** Has `flush` called at the end of the turn. */
  readonly schedule: () => void
  /** Hands the requests to the leader, or into this process's own log. */
  readonly send: (leader: MemberId, batch: number, payloads: readonly Buffer[]) => void
}

/** One request, from the call that asked for it until it is answered. */
class Outstanding {
  readonly session: string
  readonly sequence: number
  readonly payload: Buffer
  readonly deadline: number
  readonly answered: Answered
  /** Stops listening for the caller's abort; undefined where there is no signal to listen to. */
  off: (() => void) | undefined
  /** It was handed to somebody: from then on it may happen. */
  isSent = false
  isSettled = false
  sentTo: MemberId | undefined = undefined
  sentAt = 0
  /** How often it was sent, and with which others the last time. */
  copies = 0
  batch = 0

  constructor(
    numbers: Pick<Request, 'session' | 'sequence'>,
    payload: Buffer,
    deadline: number,
    answered: Answered,
  ) {
    this.session = numbers.session
    this.sequence = numbers.sequence
    this.payload = payload
    this.deadline = deadline
    this.answered = answered
    this.off = undefined
  }
}

/**
 * Puts commands into the group's log and waits until this process has applied them, so that whoever asked reads what
 * it wrote. A request keeps its number however often it is sent, and the state applies each number once (S9).
 */
export class Submitter {
  readonly #env: Environment
  readonly #parts: SubmitterParts
  readonly #outstanding = new Map<number, Outstanding>()
  #sequence = 0
  #batch = 0
  #session: string | undefined
  #unsent: Outstanding[] = []

  constructor(env: Environment, parts: SubmitterParts) {
    this.#env = env
    this.#parts = parts
  }

  /** See `Strong.ask`. */
  ask(command: Command, call: Call, answered: Answered, numbered?: Numbered): void {
    const session = this.#follow()
    if (session === undefined || !this.#parts.hasQuorum()) answered.failed(this.#noQuorum())
    else if (this.#outstanding.size >= maxOutstanding) answered.failed(tooMany())
    else {
      const sequence = this.#sequence + 1
      const settledBelow = this.#outstanding.keys().next().value ?? sequence
      const request = { session, sequence, settledBelow, command }
      let payload: Buffer
      try {
        payload = this.#parts.encode(request)
      } catch (error) {
        answered.failed(error)
        return
      }
      this.#sequence = sequence
      numbered?.(session, sequence)
      this.#put(new Outstanding(request, payload, call.deadline, answered), call.signal)
    }
  }

  #put(request: Outstanding, signal: AbortSignal | undefined): void {
    if (signal !== undefined) this.#listen(request, signal)
    this.#outstanding.set(request.sequence, request)
    this.#unsent.push(request)
    this.#parts.schedule()
  }

  /** This process has applied that request. */
  applied(session: string, sequence: number, result: Result): void {
    const request = this.#outstanding.get(sequence)
    if (request === undefined || request.session !== session) return
    this.#settle(request)
    if (result.status === 'forgotten' || result.status === 'noSession') request.answered.failed(unknown())
    else request.answered.done(result)
  }

  /**
   * The member does not lead: its requests go to whoever does. Or it has too much to do: those that nobody else was
   * given end with ERR_OVERLOADED, the others wait.
   */
  refused(by: MemberId, { batch, overloaded }: Pick<ProposalsRefused, 'batch' | 'overloaded'>): void {
    for (const request of [...this.#outstanding.values()]) {
      if (request.sentTo !== by) continue
      if (!overloaded) request.sentTo = undefined
      request.sentAt = this.#env.clock.monotonic()
      if (!overloaded || request.batch !== batch || request.copies > 1) continue
      this.#settle(request)
      request.answered.failed(leaderOverloaded(by))
    }
  }

  /** Another one leads: what was handed to the one before goes there at once. */
  led(leader: MemberId): void {
    for (const request of this.#outstanding.values())
      if (request.sentTo !== leader && request.isSent) this.#unsent.push(request)
  }

  /** Sends again what was not answered, gives up what is late. Called a few times in a second. */
  tick(): void {
    const nowMs = this.#env.clock.monotonic()
    this.#follow()
    const leader = this.#parts.leader()
    const lost = !this.#parts.hasQuorum()
    for (const request of this.#outstanding.values()) {
      if (nowMs >= request.deadline) this.#giveUp(request.sequence, timedOut())
      else if (lost && !request.isSent) this.#giveUp(request.sequence, this.#noQuorum())
      else if (leader !== undefined && this.#isDue(request, leader, nowMs)) this.#unsent.push(request)
    }
    this.flush()
  }

  /** The state was taken over from another member: it may know what became of requests that this one never saw. */
  restored(): void {
    for (const { session, sequence } of [...this.#outstanding.values()]) {
      const result = this.#parts.resultOf(session, sequence)
      if (result !== undefined) this.applied(session, sequence, result)
    }
    this.#follow()
  }

  /**
   * The group goes on from what is left of its log: what was sent before may have been done, and is remembered by nobody.
   * It is not sent again, since it would be done twice (S18).
   */
  abandon(): void {
    for (const { sequence, isSent } of [...this.#outstanding.values()])
      if (isSent) this.#giveUp(sequence, unknown())
  }

  /** Everything that waits ends with ERR_UNKNOWN_OUTCOME if it was sent, else with the error. */
  close(error: MnemeshError): void {
    for (const request of [...this.#outstanding.values()]) this.#giveUp(request.sequence, error)
  }

  // Requests of a session that has ended cannot be told apart from new ones any more.
  #follow(): string | undefined {
    const session = this.#parts.session()
    if (session === this.#session) return session
    this.#session = session
    for (const request of [...this.#outstanding.values()])
      if (request.session !== session) this.#giveUp(request.sequence, this.#noQuorum())
    return session
  }

  #isDue({ sentTo, sentAt }: Outstanding, leader: MemberId, nowMs: number): boolean {
    return (sentTo !== leader && nowMs - sentAt >= resendMs / 20) || nowMs - sentAt >= resendMs
  }

  /** Sends what was asked for in this turn, all of it at once. */
  flush(): void {
    const leader = this.#parts.leader()
    if (leader === undefined || this.#unsent.length === 0) {
      // Without a leader they wait for the next tick.
      this.#unsent = []
      return
    }
    const sentAt = this.#env.clock.monotonic()
    const batch = ++this.#batch
    const payloads: Buffer[] = []
    for (const request of this.#unsent) {
      if (request.isSettled) continue
      request.isSent = true
      request.sentTo = leader
      request.sentAt = sentAt
      request.batch = batch
      request.copies++
      payloads.push(request.payload)
    }
    this.#unsent = []
    if (payloads.length > 0) this.#parts.send(leader, batch, payloads)
  }

  #noQuorum(): MnemeshError {
    return noQuorum(this.#parts.voters(), 'nothing was done')
  }

  #listen(request: Outstanding, signal: AbortSignal): void {
    const onAbort = () => this.#giveUp(request.sequence, aborted(signal.reason))
    signal.addEventListener('abort', onAbort)
    request.off = () => signal.removeEventListener('abort', onAbort)
  }

  #giveUp(sequence: number, error: MnemeshError): void {
    const request = this.#outstanding.get(sequence)
    if (request === undefined) return
    this.#settle(request)
    request.answered.failed(request.isSent && !error.maybeApplied ? unknown(error) : error)
  }

  #settle(request: Outstanding): void {
    this.#outstanding.delete(request.sequence)
    request.isSettled = true
    request.off?.()
  }
}

function unknown(cause?: unknown): MnemeshError {
  return new MnemeshError(
    'ERR_UNKNOWN_OUTCOME',
    'the request was sent and not answered: it may have been done, or be done yet; read before you repeat it',
    { maybeApplied: true, cause },
  )
}

function tooMany(): MnemeshError {
  return overloaded(`${maxOutstanding} requests of this node wait for the group already`, retryAfterMs)
}

function leaderOverloaded(leader: MemberId): MnemeshError {
  return overloaded(
    `the group's leader ${leader} has more to decide than it may; nothing was done, repeat it later or write less`,
    retryAfterMs,
  )
}

function timedOut(): MnemeshError {
  return new MnemeshError('ERR_NO_QUORUM', 'no leader was found before the deadline; nothing was done')
}

function aborted(cause: unknown): MnemeshError {
  return new MnemeshError('ERR_ABORTED', 'the call was aborted before it was sent', { cause })
}
