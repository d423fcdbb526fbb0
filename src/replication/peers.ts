import type { BytesReader, BytesWriter } from '../core/bytes.ts'
import type { Cancel, Environment } from '../core/environment.ts'
import type { MnemeshError } from '../core/errors.ts'
import { type FrameHead, frameKinds } from '../core/frame.ts'
import type { HybridClock, Origins } from '../core/version.ts'
import type { Membership } from '../membership/membership.ts'
import { type Member, memberId, nodeOf, type View } from '../membership/view.ts'
import type { Caller } from '../wire/caller.ts'
import type { FrameSender, FrameStamps } from '../wire/frame-sender.ts'
import type { Dialer } from '../wire/wire.ts'
import type { Acks } from './acks.ts'
import { writeLevels } from './calls.ts'
import { type ClockGuard, spanOf } from './clock-guard.ts'
import type { Epochs } from './epochs.ts'
import type { Auth } from './handshake.ts'
import type { Holders } from './holders.ts'
import type { Inbox } from './inbox.ts'
import { OperationStream } from './operation-stream.ts'
import type { Outbox } from './outbox.ts'
import { PeerLink, type PeerLinkEvents, unavailable } from './peer-link.ts'
import { RemoteReplica } from './remote-replica.ts'
import type { Replica } from './replica.ts'
import type { Levels } from './stability.ts'
import type { Standing } from './standing.ts'

const beatMs = 50
const askTimeMs = 1000
/** A peer that owes a confirmation for so long is as good as gone. */
const silentMs = 1000

export interface PeersParts {
  readonly membership: Membership
  readonly dialer: Dialer
  readonly auth: Auth
  readonly standing: Standing
  readonly hybrid: HybridClock
  readonly stamps: FrameStamps
  readonly epochs: Epochs
  readonly origins: Origins
  readonly outbox: Outbox
  readonly inbox: Inbox
  readonly acks: Acks
  readonly holders: Holders
  readonly clock: ClockGuard
  readonly local: Replica
}

export interface PeersEvents {
  /** Operations flow to that node again; the copies may differ by what was missed. */
  connected(node: string): void
  /** That node missed operations that are not kept any more. */
  lagged(node: string): void
}

/** How far one peer is. */
export interface PeerLag {
  readonly node: string
  readonly connected: boolean
  readonly operations: number
  readonly ms: number
}

/** One connection to each other member of the view, kept for as long as it is one. */
export class Peers {
  readonly #env: Environment
  readonly #parts: PeersParts
  readonly #events: PeersEvents
  readonly #byName = new Map<string, Peer>()
  // By process, however often its connection is made anew: tables whose operations it was promised.
  readonly #opened = new Map<string, Set<string>>()
  readonly #off: Cancel[]

  constructor(env: Environment, parts: PeersParts, events: PeersEvents) {
    this.#env = env
    this.#parts = parts
    this.#events = events
    this.#off = [
      parts.membership.onChange(view => this.#follow(view)),
      env.timers.every(beatMs, () => this.#beat()),
      env.timers.every(askTimeMs, () => {
        for (const peer of this.#byName.values()) peer.askTime()
      }),
    ]
    parts.standing.onAdopt(() => this.#beginAnew())
    this.#follow(parts.membership.view)
  }

  /** The copies of that node; of this one when it is its name. Calls to an unknown one fail with ERR_UNAVAILABLE. */
  readonly replica = (node: string): Replica => {
    if (node === this.#parts.local.node) return this.#parts.local
    const peer = this.#byName.get(node)
    return peer === undefined ? this.#absent(node) : peer.replica
  }

  /**
   * From now on that process gets this node's operations on the table, whatever the schema says yet: those beyond the
   * stamp that comes back.
   */
  opened(member: string, table: string): number {
    const tables = this.#opened.get(member)
    if (tables === undefined) this.#opened.set(member, new Set([table]))
    else tables.add(table)
    return this.#parts.outbox.lastStamp
  }

  /** Tells every peer how far this node is with its tables. */
  tell(levels: Levels): void {
    for (const peer of this.#byName.values()) peer.tell(levels)
  }

  /** Sends to that very process on the group's lane; lost when there is no connection. */
  sendToGroup(member: string, bytes: Buffer): void {
    this.#byName.get(nodeOf(member))?.sendToGroup(member, bytes)
  }

  /** True while operations flow to that node. */
  isConnected(node: string): boolean {
    return this.#byName.get(node)?.isOpen === true
  }

  /** How far each peer is behind this node. */
  lags(): PeerLag[] {
    return [...this.#byName.values()].map(peer => ({
      node: peer.member.name,
      connected: peer.isOpen,
      ...peer.stream.lag,
    }))
  }

  /** Operations that the quickest peer has not confirmed; 0 without peers. One that is cut off or hangs is none. */
  get leastLag(): number {
    let least = Number.POSITIVE_INFINITY
    for (const peer of this.#byName.values()) {
      const { operations, ms } = peer.stream.lag
      if (peer.isOpen && ms < silentMs) least = Math.min(least, operations)
    }
    return Number.isFinite(least) ? least : 0
  }

  /** True when even the quickest peer lacks half of what the outbox holds. */
  get areOutrun(): boolean {
    const { head, middle } = this.#parts.outbox
    return head - this.leastLag < middle
  }

  stop(): void {
    for (const off of this.#off) off()
    for (const peer of this.#byName.values()) peer.stop()
    this.#byName.clear()
  }

  #follow(view: View): void {
    for (const [name, peer] of this.#byName) {
      const isMember = view.has(peer.member)
      if (isMember && view.get(name)?.address === peer.member.address) continue
      peer.stop()
      this.#byName.delete(name)
      // At another address it is the same process all the same, and its stream goes on.
      if (!isMember) this.#parts.inbox.forget(memberId(peer.member))
    }
    for (const member of view.members) {
      if (member.name === this.#parts.local.node || this.#byName.has(member.name)) continue
      const opened = (table: string) => this.#opened.get(memberId(member))?.has(table) === true
      this.#byName.set(member.name, new Peer(this.#env, { ...this.#parts, opened }, member, this.#events))
    }
  }

  #beat(): void {
    let least = Number.POSITIVE_INFINITY
    for (const peer of this.#byName.values()) {
      peer.stream.beat()
      least = Math.min(least, peer.stream.acknowledged)
    }
    if (Number.isFinite(least)) this.#parts.outbox.trim(least)
  }

  #beginAnew(): void {
    this.#parts.outbox.reset()
    for (const peer of this.#byName.values()) peer.restart()
  }

  #absent(node: string): Replica {
    const fail = (): Caller => {
      throw unavailable({ name: node }, undefined)
    }
    return new RemoteReplica(node, this.#parts.origins, { main: fail, bulk: fail, urgent: fail })
  }
}

const unheard: PeerLinkEvents = { opened() {}, frame() {}, drained() {}, closed() {} }

interface PeerParts extends PeersParts {
  /** True for tables whose operations this process was promised. */
  readonly opened: (table: string) => boolean
}

/** Everything between this node and one other process. */
class Peer {
  readonly member: Member
  readonly stream: OperationStream
  readonly replica: Replica
  // Each may open while the other is not made yet.
  readonly #main: PeerLink | undefined
  readonly #bulk: PeerLink | undefined
  readonly #group: PeerLink | undefined
  readonly #env: Environment
  readonly #clock: ClockGuard
  #sender: FrameSender | undefined

  constructor(env: Environment, parts: PeerParts, member: Member, events: PeersEvents) {
    this.#env = env
    this.#clock = parts.clock
    this.member = member
    const { name } = member
    this.stream = new OperationStream(env, {
      outbox: parts.outbox,
      origins: parts.origins,
      wants: table => parts.opened(table) || parts.holders.of(table)?.others.includes(name) === true,
      began: first => parts.acks.begin(name, first),
      confirmed: sequence => parts.acks.confirm(name, sequence),
      lagged: () => events.lagged(name),
    })
    this.#main = new PeerLink(env, parts, member, 'main', {
      opened: (sender, answer) => {
        this.#sender = sender
        this.stream.open(sender, answer.expected)
        if (this.isOpen) events.connected(name)
      },
      frame: (head, body) => this.#frame(head, body),
      drained: () => this.stream.drained(),
      closed: () => {
        this.#sender = undefined
        this.stream.close()
        // What broke this lane has most likely broken that of the group, which would notice later.
        this.#group?.restart('the other connection to that node was lost')
      },
    })
    this.#bulk = new PeerLink(env, parts, member, 'bulk', {
      ...unheard,
      opened: () => {
        if (this.isOpen) events.connected(name)
      },
    })
    this.#group = new PeerLink(env, parts, member, 'group', unheard)
    this.replica = new RemoteReplica(name, parts.origins, {
      main: () => this.#caller(this.#main),
      bulk: () => this.#caller(this.#bulk),
      // Of the group's lane as a rule: nothing else that is large goes there, and nothing waits at its end.
      urgent: () => this.#caller(this.#group?.caller === undefined ? this.#main : this.#group),
    })
  }

  /** Operations flow, and repairs can. */
  get isOpen(): boolean {
    return this.#main?.caller !== undefined && this.#bulk?.caller !== undefined
  }

  tell(levels: Levels): void {
    this.#sender?.control(frameKinds.levels, body => writeLevels(body, levels))
  }

  askTime(): void {
    const write = (body: BytesWriter) => body.f64(this.#env.clock.wall())
    this.#sender?.control(frameKinds.clock, write)
  }

  sendToGroup(member: string, bytes: Buffer): void {
    if (memberId(this.member) === member) this.#group?.sendGroup(bytes)
  }

  restart(): void {
    for (const link of this.#links) link?.restart('this node takes over another hash seed')
  }

  stop(): void {
    for (const link of this.#links) link?.stop()
    this.stream.stop()
  }

  get #links(): readonly (PeerLink | undefined)[] {
    return [this.#main, this.#bulk, this.#group]
  }

  #caller(link: PeerLink | undefined): Caller {
    if (link?.caller === undefined) throw unavailable(this.member, undefined as MnemeshError | undefined)
    return link.caller
  }

  #frame(head: FrameHead, body: BytesReader): void {
    if (head.kind === frameKinds.ack) this.stream.acknowledge(body.count())
    else if (head.kind === frameKinds.clock) this.#measure(body.f64(), body.f64())
  }

  #measure(sentWallMs: number, theirWallMs: number): void {
    this.#clock.measured(this.member.name, spanOf(theirWallMs, sentWallMs, this.#env.clock.wall()))
  }
}
