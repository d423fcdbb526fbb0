import type { BytesReader } from '../core/bytes.ts'
import type { Cancel, Environment } from '../core/environment.ts'
import { MnemeshError, toMnemeshError } from '../core/errors.ts'
import { writeError } from '../core/failure.ts'
import { bodyOf, type FrameHead, frameKinds } from '../core/frame.ts'
import { overloaded } from '../core/overload.ts'
import type { HybridClock } from '../core/version.ts'
import { type Member, memberId } from '../membership/view.ts'
import type { Admission } from '../wire/admission.ts'
import { Answerer } from '../wire/answerer.ts'
import { eachItem } from '../wire/caller.ts'
import { FrameReceiver } from '../wire/frame-receiver.ts'
import { FrameSender, type FrameStamps } from '../wire/frame-sender.ts'
import { ItemWork, type ItemWorkParts } from '../wire/item-work.ts'
import type { Wire, WireEvents } from '../wire/wire.ts'
import { peerRules, readLevels } from './calls.ts'
import { checkHandshakeClock, spanOf } from './clock-guard.ts'
import { EpochExchange, type Epochs } from './epochs.ts'
import {
  type Auth,
  type Hello,
  maskSeed,
  newNonce,
  readHello,
  readProof,
  seedBytes,
  transcriptOf,
  writeAnswer,
} from './handshake.ts'
import type { Inbox } from './inbox.ts'
import { OperationIntake } from './operation-intake.ts'
import { ReplicaServer, type ReplicaServerParts } from './replica-server.ts'
import type { Separation } from './separation.ts'
import type { Stability } from './stability.ts'
import type { Standing } from './standing.ts'

const handshakeTimeoutMs = 5000
const maxHandshakes = 64
const handshakeRetryMs = 500
const groupConfirmMs = 300

export interface PeerAcceptorParts extends ReplicaServerParts {
  readonly auth: Auth
  readonly standing: Standing
  readonly hybrid: HybridClock
  readonly stamps: FrameStamps
  readonly epochs: Epochs
  readonly inbox: Inbox
  readonly separation: Pick<Separation, 'keepsApart' | 'onChange' | 'heard'>
  readonly stability: Stability
  /** What nodes ask is let in by it; their operations, acknowledgements and the group's messages never wait for it. */
  readonly admission: Admission
  /** Messages of the strong group; the bytes are valid during the call only. */
  readonly group: (from: string, bytes: Buffer) => void
  /** The member of that name in the present view. */
  readonly member: (name: string) => Member | undefined
}

/** Answers the wires that other nodes dial: their proofs, their operations, their calls. */
export class PeerAcceptor {
  readonly #env: Environment
  readonly #parts: PeerAcceptorParts
  readonly #open = new Set<AcceptedWire>()

  constructor(env: Environment, parts: PeerAcceptorParts) {
    this.#env = env
    this.#parts = parts
    parts.standing.onAdopt(() =>
      this.closeAll(new MnemeshError('ERR_UNAVAILABLE', 'this node takes over another hash seed')),
    )
  }

  accept(wire: Wire): WireEvents {
    let unproven = 0
    for (const other of this.#open) if (!other.proven) unproven++
    const accepted = new AcceptedWire(this.#env, this.#parts, wire, () => this.#open.delete(accepted))
    this.#open.add(accepted)
    if (unproven >= maxHandshakes)
      accepted.refuse(overloaded('too many handshakes at once; try again', handshakeRetryMs))
    return accepted
  }

  closeAll(error?: MnemeshError): void {
    for (const accepted of [...this.#open]) accepted.close(error)
  }
}

class AcceptedWire implements WireEvents {
  readonly #env: Environment
  readonly #parts: PeerAcceptorParts
  readonly #wire: Wire
  readonly #ended: () => void
  readonly #receiver = new FrameReceiver()
  readonly #sender: FrameSender
  readonly #exchange: EpochExchange
  readonly #timeout: Cancel
  readonly #stopFollowing: Cancel
  #hello: Hello | undefined
  #transcript: Uint8Array | undefined
  #answeredAt = 0
  #server: ReplicaServer | undefined
  #answerer: Answerer | undefined
  #work: ItemWorkParts | undefined
  #closed = false
  #intake: OperationIntake | undefined
  #confirming = false
  #apartSince = 0

  constructor(env: Environment, parts: PeerAcceptorParts, wire: Wire, ended: () => void) {
    this.#env = env
    this.#parts = parts
    this.#wire = wire
    this.#ended = ended
    this.#sender = new FrameSender(env.timers, wire, parts.stamps)
    const resume = () => this.#guard(() => this.#intake?.resume())
    this.#exchange = new EpochExchange(parts.epochs, this.#sender, resume)
    this.#stopFollowing = parts.separation.onChange(resume)
    this.#timeout = env.timers.after(handshakeTimeoutMs, () => {
      if (!this.proven)
        this.refuse(new MnemeshError('ERR_TIMEOUT', `no proof came within ${handshakeTimeoutMs} ms`))
    })
  }

  get proven(): boolean {
    return this.#answerer !== undefined
  }

  frame(bytes: Buffer): void {
    this.#guard(() => {
      const head = this.#receiver.accept(bytes)
      if (head !== undefined) this.#frame(head, bodyOf(bytes))
    })
  }

  drained(): void {
    this.#sender.drained()
    if (this.#work !== undefined) this.#parts.admission.unblocked(this.#work)
  }

  closed(): void {
    this.#closed = true
    if (this.#work !== undefined) this.#parts.admission.unblocked(this.#work)
    this.#timeout()
    this.#stopFollowing()
    this.#exchange.close()
    this.#sender.close()
    this.#answerer?.close()
    this.#server?.close()
    this.#ended()
  }

  /** Tells the other side why, and closes. */
  refuse(error: MnemeshError): void {
    this.#env.log.warn(
      { peer: this.#hello?.member.name, code: error.code, err: error },
      'peer connection refused',
    )
    this.#sender.control(frameKinds.refuse, body => writeError(body, error))
    this.#wire.close(error)
  }

  close(error?: MnemeshError): void {
    this.#sender.flush()
    this.#sender.control(frameKinds.bye)
    this.#wire.close(error)
  }

  #guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.refuse(toMnemeshError(error))
    }
  }

  #frame(head: FrameHead, body: BytesReader): void {
    if (this.#hello === undefined) {
      if (head.kind !== frameKinds.hello) throw outOfPlace(head)
      this.#greet(readHello(body, this.#parts.standing.cluster))
      return
    }
    if (this.#work === undefined) {
      if (head.kind !== frameKinds.proof) throw outOfPlace(head)
      this.#admit(this.#hello, body)
      return
    }
    this.#parts.hybrid.merge(head.g)
    this.#notePlace(this.#hello.member, head.apartSince)
    if (head.kind === frameKinds.items) this.#items(this.#work, body)
    else if (head.kind === frameKinds.ops || head.kind === frameKinds.start) this.#intake?.take(head, body)
    else if (head.kind === frameKinds.clock) this.#tellTime(body.f64())
    else if (head.kind === frameKinds.levels) {
      this.#parts.stability.heard(memberId(this.#hello.member), head.epoch, readLevels(body))
    } else if (head.kind === frameKinds.group) {
      this.#confirmGroup()
      this.#parts.group(memberId(this.#hello.member), body.bytes.subarray(body.at, body.end))
    } else if (head.kind === frameKinds.bye) this.#wire.close()
    else if (!this.#exchange.take(head.kind, body)) throw outOfPlace(head)
  }

  // On the group's lane is asked how this node is: that it has too much to do is an answer, too.
  #items(work: ItemWorkParts, body: BytesReader): void {
    if (this.#hello?.lane !== 'group') this.#parts.admission.take(new ItemWork(work, body))
    else eachItem(body, (kind, id, payload) => work.answerer.item(kind, id, payload))
  }

  #notePlace(member: Member, apartSince: number): void {
    if (apartSince === this.#apartSince) return
    this.#apartSince = apartSince
    this.#parts.separation.heard(memberId(member), apartSince)
  }

  #tellTime(askedAt: number): void {
    this.#sender.control(frameKinds.clock, answer => {
      answer.f64(askedAt)
      answer.f64(this.#env.clock.wall())
    })
  }

  // Now and then, so that the other side learns when this wire is broken in one direction only.
  #confirmGroup(): void {
    if (this.#confirming) return
    this.#confirming = true
    this.#env.timers.after(groupConfirmMs, () => {
      this.#confirming = false
      this.#sender.control(frameKinds.ack, ack => ack.f64(0))
    })
  }

  #greet(hello: Hello): void {
    const { standing, auth, inbox, member } = this.#parts
    if (hello.to !== memberId(standing.member)) {
      throw new MnemeshError('ERR_UNAVAILABLE', `this is ${memberId(standing.member)}, not ${hello.to}`)
    }
    const known = member(hello.member.name)
    if (known !== undefined && known.incarnation > hello.member.incarnation) {
      throw new MnemeshError(
        'ERR_NAME_IN_USE',
        `a newer process bears the name ${hello.member.name}: ${memberId(known)}`,
      )
    }
    const nonce = newNonce(length => this.#env.random.bytes(length))
    const transcript = transcriptOf(hello, standing.member, nonce)
    const proofs = auth.proofs('acceptor', transcript)
    const seeds = proofs.map((_, index) => maskSeed(seedBytes(standing.seed), auth.mask(index, transcript)))
    const expected = inbox.expected(memberId(hello.member))
    const wallMs = this.#env.clock.wall()
    this.#answeredAt = wallMs
    this.#hello = hello
    this.#transcript = transcript
    this.#sender.control(frameKinds.answer, body =>
      writeAnswer(body, {
        member: standing.member,
        nonce,
        proofs,
        seeds,
        expected,
        ready: standing.ready,
        wallMs,
      }),
    )
  }

  #admit(hello: Hello, body: BytesReader): void {
    const { auth } = this.#parts
    const { proofs, wallMs } = readProof(body)
    const match = this.#transcript && auth.match('dialler', this.#transcript, proofs)
    if (match === undefined) {
      throw new MnemeshError(
        'ERR_UNAUTHENTICATED',
        `${hello.member.name} does not know the secret of this cluster`,
      )
    }
    const span = spanOf(wallMs, this.#answeredAt, this.#env.clock.wall())
    checkHandshakeClock(hello.member.name, span)
    const { name } = hello.member
    const peer = { name, id: memberId(hello.member), isApart: () => this.#apartSince !== 0 }
    const server = new ReplicaServer(this.#env, this.#parts, peer)
    this.#server = server
    const { inbox } = this.#parts
    this.#intake = new OperationIntake({ inbox, sender: this.#sender, exchange: this.#exchange }, peer.id)
    const answerer = new Answerer(this.#sender, call => server.handle(call))
    this.#answerer = answerer
    this.#work = {
      ...{ clock: this.#env.clock, admission: this.#parts.admission, answerer, rules: peerRules },
      // What only keeps copies equal slows down when there is much else to do.
      rank: hello.lane === 'bulk' ? 'background' : 'further',
      guard: run => this.#guard(run),
      isClosed: () => this.#closed,
      // A peer that does not read its answers gets no more of them; what else it sends is read all the same.
      isBlocked: () => this.#sender.isFull,
    }
    this.#sender.control(frameKinds.welcome)
  }
}

function outOfPlace(head: FrameHead): MnemeshError {
  return new MnemeshError('ERR_FRAME_INVALID', `a frame of kind ${head.kind} has no place here`)
}
