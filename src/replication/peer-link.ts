import type { BytesReader } from '../core/bytes.ts'
import type { Cancel, Environment } from '../core/environment.ts'
import { randomBelow } from '../core/environment.ts'
import { MnemeshError, toMnemeshError } from '../core/errors.ts'
import { readError } from '../core/failure.ts'
import { bodyOf, type FrameHead, frameKinds } from '../core/frame.ts'
import type { HybridClock } from '../core/version.ts'
import { type Member, memberId } from '../membership/view.ts'
import { Caller, eachItem } from '../wire/caller.ts'
import { FrameReceiver } from '../wire/frame-receiver.ts'
import { FrameSender, type FrameStamps } from '../wire/frame-sender.ts'
import type { Dialer, Lane, Wire, WireEvents } from '../wire/wire.ts'
import { checkHandshakeClock, spanOf } from './clock-guard.ts'
import { EpochExchange, type Epochs } from './epochs.ts'
import {
  type Answer,
  type Auth,
  type Hello,
  maskSeed,
  newNonce,
  readAnswer,
  seedOf,
  transcriptOf,
  writeHello,
  writeProof,
} from './handshake.ts'
import type { Standing } from './standing.ts'

const handshakeTimeoutMs = 5000
/** How long a peer may send nothing while it owes an answer. On the group's lane others wait for it. */
const silenceTimeoutMs: Readonly<Record<Lane, number>> = { main: 5000, bulk: 5000, group: 2000 }
const watchEveryMs = 100
const firstBackoffMs = 100
const maxBackoffMs = 2000
const maxCallsInFlight = 4096

export interface PeerLinkParts {
  readonly dialer: Dialer
  readonly auth: Auth
  readonly standing: Standing
  readonly hybrid: HybridClock
  readonly stamps: FrameStamps
  readonly epochs: Epochs
}

/** What the owner of a link is told. */
export interface PeerLinkEvents {
  /** The handshake is done: calls and frames may go. */
  opened(sender: FrameSender, answer: Answer): void
  /** A frame other than items arrived. */
  frame(head: FrameHead, body: BytesReader): void
  drained(): void
  closed(error: MnemeshError): void
}

/**
 * This node's connection to one other process, for one lane: it dials, proves itself, and dials again for as long
 * as it is wanted. Calls made while it is not open fail at once with ERR_UNAVAILABLE.
 */
export class PeerLink {
  readonly peer: Member
  readonly lane: Lane
  readonly #env: Environment
  readonly #parts: PeerLinkParts
  readonly #events: PeerLinkEvents
  #wire: Wire | undefined
  #sender: FrameSender | undefined
  #caller: Caller | undefined
  #exchange: EpochExchange | undefined
  #hello: Hello | undefined
  #greetedAt = 0
  #answer: Answer | undefined
  #redial: Cancel | undefined
  #watchdog: Cancel | undefined
  #lastFrameAt = 0
  #watchedAt = 0
  // Something was sent with `sendGroup` and nothing has come since.
  #unconfirmed = false
  #backoffMs = firstBackoffMs
  #lastLogged = ''
  #stopped = false

  constructor(env: Environment, parts: PeerLinkParts, peer: Member, lane: Lane, events: PeerLinkEvents) {
    this.peer = peer
    this.lane = lane
    this.#env = env
    this.#parts = parts
    this.#events = events
    this.#dial()
  }

  /** The calling side while the link is open. */
  get caller(): Caller | undefined {
    return this.#caller
  }

  /** Sends a message of the group, which the peer confirms now and then; lost when the link is not open. */
  sendGroup(bytes: Buffer): void {
    if (this.#caller === undefined || this.#sender === undefined) return
    // A peer that does not read is as good as gone: what it misses is sent again when it answers.
    if (this.#sender.isFull && bytes.length > 4096) return
    if (!this.#unconfirmed) this.#lastFrameAt = this.#env.clock.monotonic()
    this.#unconfirmed = true
    this.#sender.control(frameKinds.group, body => body.raw(bytes))
  }

  /** Breaks what stands and dials anew: streams must begin again. */
  restart(reason: string): void {
    this.#wire?.close(new MnemeshError('ERR_UNAVAILABLE', reason))
  }

  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#redial?.()
    this.#sender?.control(frameKinds.bye)
    this.#wire?.close()
  }

  #dial(): void {
    const { dialer, standing, stamps } = this.#parts
    const { timers, clock, random } = this.#env
    const receiver = new FrameReceiver()
    this.#lastFrameAt = clock.monotonic()
    this.#watchedAt = this.#lastFrameAt
    const events: WireEvents = {
      frame: bytes => this.#guard(() => this.#frame(receiver, bytes)),
      drained: () => {
        this.#sender?.drained()
        if (this.#caller !== undefined) this.#events.drained()
      },
      closed: error => this.#closed(error),
    }
    const wire = dialer.dial(this.peer.address, this.lane, events)
    this.#wire = wire
    this.#sender = new FrameSender(timers, wire, stamps)
    this.#hello = {
      cluster: standing.cluster,
      member: standing.member,
      to: memberId(this.peer),
      lane: this.lane,
      nonce: newNonce(length => random.bytes(length)),
    }
    const hello = this.#hello
    this.#greetedAt = clock.wall()
    this.#sender.control(frameKinds.hello, body => writeHello(body, hello))
    this.#watchdog = timers.every(watchEveryMs, () => this.#watch())
  }

  #watch(): void {
    const now = this.#env.clock.monotonic()
    // While this process was busy, answers lay unread: that they did not come proves nothing.
    this.#lastFrameAt += Math.max(0, now - this.#watchedAt - 2 * watchEveryMs)
    this.#watchedAt = now
    if (!this.#isAnswerAwaited()) this.#lastFrameAt = now
    const limit = this.#caller === undefined ? handshakeTimeoutMs : silenceTimeoutMs[this.lane]
    if (now - this.#lastFrameAt < limit) return
    this.#wire?.close(new MnemeshError('ERR_UNAVAILABLE', `${this.peer.name} sent nothing for ${limit} ms`))
  }

  #isAnswerAwaited(): boolean {
    if (this.#caller === undefined || this.lane === 'main') return true
    return this.lane === 'bulk' ? this.#caller.inFlight > 0 : this.#unconfirmed
  }

  #guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#wire?.close(toMnemeshError(error))
    }
  }

  #frame(receiver: FrameReceiver, bytes: Buffer): void {
    const head = receiver.accept(bytes)
    if (head === undefined) return
    this.#lastFrameAt = this.#env.clock.monotonic()
    this.#unconfirmed = false
    const body = bodyOf(bytes)
    if (head.kind === frameKinds.refuse) throw readError(body)
    if (head.kind === frameKinds.bye)
      throw new MnemeshError('ERR_UNAVAILABLE', `${this.peer.name} is leaving`)
    if (this.#answer === undefined) {
      this.#prove(head, body)
      return
    }
    if (this.#caller === undefined) {
      if (head.kind !== frameKinds.welcome) throw unexpected(head)
      this.#open(this.#answer)
      return
    }
    this.#parts.hybrid.merge(head.g)
    if (head.kind === frameKinds.items) {
      const caller = this.#caller
      eachItem(body, (kind, id, payload) => caller.item(kind, id, payload))
      return
    }
    // Acknowledgements need not wait, but who sends operations learns from them, too, that it is behind.
    if (head.kind === frameKinds.ack && this.lane === 'main') this.#exchange?.covers(head.epoch)
    if (this.#exchange?.take(head.kind, body) !== true) this.#events.frame(head, body)
  }

  #prove(head: FrameHead, body: BytesReader): void {
    const { auth, standing } = this.#parts
    if (head.kind !== frameKinds.answer || this.#hello === undefined) throw unexpected(head)
    const answer = readAnswer(body)
    const transcript = transcriptOf(this.#hello, answer.member, answer.nonce)
    if (memberId(answer.member) !== memberId(this.peer)) throw otherNode(this.peer, answer.member)
    const match = auth.match('acceptor', transcript, answer.proofs)
    if (match === undefined) throw wrongSecret(this.peer)
    const wallMs = this.#env.clock.wall()
    checkHandshakeClock(this.peer.name, spanOf(answer.wallMs, this.#greetedAt, wallMs))
    const seed = seedOf(maskSeed(answer.seeds[match.proof], auth.mask(match.secret, transcript)))
    const verdict = standing.reconcileSeed(seed, answer.ready)
    if (verdict !== 'same')
      throw new MnemeshError('ERR_UNAVAILABLE', `hash seeds are being settled with ${this.peer.name}`)
    this.#answer = answer
    this.#sender?.control(frameKinds.proof, proof =>
      writeProof(proof, { proofs: auth.proofs('dialler', transcript), wallMs }),
    )
  }

  #open(answer: Answer): void {
    if (this.#sender === undefined) return
    this.#backoffMs = firstBackoffMs
    this.#lastLogged = ''
    this.#caller = new Caller(this.#env, this.#sender, { limit: maxCallsInFlight })
    this.#exchange = new EpochExchange(this.#parts.epochs, this.#sender, () => {})
    this.#events.opened(this.#sender, answer)
  }

  #closed(error: MnemeshError | undefined): void {
    const reason =
      error ?? new MnemeshError('ERR_UNAVAILABLE', `the connection to ${this.peer.name} was closed`)
    const wasOpen = this.#caller !== undefined
    this.#watchdog?.()
    this.#sender?.close()
    this.#exchange?.close()
    this.#caller?.close(unavailable(this.peer, reason))
    this.#unconfirmed = false
    this.#wire = undefined
    this.#sender = undefined
    this.#caller = undefined
    this.#exchange = undefined
    this.#answer = undefined
    if (wasOpen) this.#events.closed(reason)
    if (this.#stopped) return
    this.#log(reason)
    const jitter = randomBelow(this.#env.random, this.#backoffMs)
    this.#redial = this.#env.timers.after(this.#backoffMs / 2 + jitter / 2, () => this.#dial())
    this.#backoffMs = Math.min(this.#backoffMs * 2, maxBackoffMs)
  }

  // The same trouble again and again is one line in the log.
  #log(error: MnemeshError): void {
    const text = `${error.code} ${error.message}`
    if (text === this.#lastLogged) return
    this.#lastLogged = text
    this.#env.log.warn(
      { peer: this.peer.name, lane: this.lane, code: error.code, err: error },
      'peer connection lost',
    )
  }
}

/** The error of calls to a peer that cannot be reached. */
export function unavailable(peer: { readonly name: string }, cause: MnemeshError | undefined): MnemeshError {
  if (cause !== undefined && cause.code !== 'ERR_UNAVAILABLE') return cause
  return new MnemeshError('ERR_UNAVAILABLE', `node ${peer.name} cannot be reached now`, { cause })
}

function unexpected(head: FrameHead): MnemeshError {
  return new MnemeshError('ERR_FRAME_INVALID', `a frame of kind ${head.kind} has no place here`)
}

function otherNode(wanted: Member, got: Member): MnemeshError {
  return new MnemeshError(
    'ERR_UNAVAILABLE',
    `${memberId(got)} answers at ${wanted.address} in place of ${memberId(wanted)}`,
  )
}

function wrongSecret(peer: Member): MnemeshError {
  return new MnemeshError('ERR_UNAUTHENTICATED', `${peer.name} does not know the secret of this cluster`)
}
