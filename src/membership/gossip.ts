import type Swim from 'swim'
import { type Cancel, pick, type Random, randomBelow } from '../core/environment.ts'
import { LocalHealth } from './local-health.ts'
import { type Message, messageType, writeMessage } from './messages.ts'
import { PatchedSwim, type PatchedSwimOptions } from './patched-swim.ts'
import { type GossipRecord, memberState, type OwnRecord } from './records.ts'
import { Suspicions } from './suspicions.ts'
import { systemTime, type Time } from './time.ts'
import type { Timings } from './timings.ts'

/** A message of the protocol itself, as against our own that travel beside it. */
export type SwimMessage = Exclude<Message, { readonly type: 'who' | 'is' }>

export interface GossipParts {
  readonly send: (payload: Buffer, host: string) => void
  readonly random: Random
  /** Default: that of the process. */
  readonly time?: Time
  /** Called whenever what is known of some member may have changed, possibly often in one turn. */
  readonly changed: () => void
  /** Called for a member that has just been suspected, and for one that says that it leaves. */
  readonly signed: (sign: 'suspect' | 'left', member: GossipRecord) => void
}

// More are not taken in: what members say must not fill the memory.
const maxHosts = 2000
const seedsPerRound = 3

/**
 * Who is alive, by the SWIM protocol (Das, Gupta, Motivala, 2002): what the library makes of the messages, and the
 * rules that it lacks for suspects, for the lost, and for those who come back. Runs from its creation to `stop`.
 */
export class Gossip {
  readonly #self: OwnRecord
  readonly #parts: GossipParts
  readonly #timings: Timings
  readonly #patched: PatchedSwim
  readonly #swim: Swim
  readonly #suspicions: Suspicions
  readonly #time: Time
  readonly #health: LocalHealth
  readonly #stopBeating: Cancel
  /** When each host was lost, on the monotonic clock. */
  readonly #lostAt = new Map<string, number>()
  /** Lost hosts that said so themselves. */
  readonly #left = new Set<string>()
  /** Unknown hosts that were told everything since the last round. */
  readonly #greeted = new Set<string>()

  constructor(self: OwnRecord, parts: GossipParts, options: PatchedSwimOptions) {
    this.#self = self
    this.#parts = parts
    this.#timings = options.timings
    const { send, random, time = systemTime } = parts
    const { intervalMs, suspectTimeoutMs } = options.timings
    const now = time.clock.monotonic()
    const beatMs = intervalMs / 2
    const health = new LocalHealth({ beatMs, lateMs: intervalMs, graceMs: 2 * intervalMs }, now)
    this.#time = time
    this.#health = health
    const lost = (host: string, incarnation: number) => this.#lose(host, incarnation)
    this.#suspicions = new Suspicions(lost, suspectTimeoutMs, now)
    this.#stopBeating = time.timers.every(beatMs, () => this.#beat())
    const suspect = (host: string) => this.#suspect(host)
    this.#patched = new PatchedSwim(self, { send, random, time, health, suspect }, options)
    this.#swim = this.#patched.swim
    this.#swim.on('change', record => this.#noteChange(record))
    this.#swim.on('update', () => parts.changed())
    this.#patched.start()
  }

  /** How well this node is itself, from 0 (well) to 8: by what it misses, by doubts in it, and by its own lateness. */
  get health(): number {
    return this.#health.score
  }

  /** Members believed alive, without this node. */
  get live(): readonly GossipRecord[] {
    return this.#swim.membership.all(false, false)
  }

  /** Hosts of all members that it has heard of, the lost ones too, but for those who left in order. */
  get known(): readonly string[] {
    const hosts = this.#swim.membership.all(false, true).map(({ host }) => host)
    return hosts.filter(host => !this.#left.has(host))
  }

  isLive(host: string): boolean {
    return this.#swim.membership.get(host) !== undefined
  }

  /** All that is known of who bears that name, without those who left in order. The live first, and the newest. */
  bearersOf(name: string): readonly GossipRecord[] {
    const known = this.#swim.membership.all(false, true)
    const bearers = known.filter(({ host, meta }) => meta.n === name && !this.#left.has(host))
    const isLost = ({ state }: GossipRecord) => Number(state === memberState.faulty)
    return bearers.sort((a, b) => isLost(a) - isLost(b) || b.meta.i - a.meta.i)
  }

  /** Takes in a message from the node with that gossip address; false when it was none that may be believed. */
  receive(message: SwimMessage, from: string): boolean {
    // Our own, through a seed that is this node under another address.
    if (from === this.#self.host) return true
    const { net } = this.#swim
    switch (message.type) {
      case 'ping':
        net.emit('ping', { seq: message.seq }, from)
        break
      case 'pingReq':
        net.emit('pingreq', { seq: message.seq, destination: message.destination }, from)
        break
      case 'ack':
        if (!this.#patched.mayAnswer(message.seq, from)) return false
        if (this.#patched.awaits(message.seq)) this.#health.answered()
        net.emit('ack', { seq: message.seq }, from)
        break
      case 'sync':
        // membership.js:89-100 sends all it knows to whatever address stands in the message.
        if (message.record.host !== from || !this.#hasRoomFor(from)) return false
        net.emit('sync', message.record, from)
        break
      case 'update':
        if (!this.#hasRoomFor(message.record.host)) return false
        if (message.record.host === this.#self.host) this.#hearOfSelf(message.record, from)
        else this.#hear(message.record, from)
        if (message.record.host === from && message.record.state === memberState.faulty) return true
    }
    this.#greet(from)
    return true
  }

  /**
   * To be called every sync interval. Exchanges all that is known with a member, with one that was lost, and with
   * `strangers`, the seeds that are no members: the library sends one datagram on joining and never repeats it
   * (swim.js:142), and never again speaks to whom it lost (membership.js:229), so that the halves of a split cluster
   * stay apart.
   */
  exchange(strangers: readonly string[]): void {
    const { membership } = this.#swim
    this.#greeted.clear()
    this.#reap()
    const lost = Object.keys(membership.hostToFaulty).filter(host => !this.#left.has(host))
    const partners = new Set<string>()
    for (const hosts of [this.live.map(({ host }) => host), lost]) {
      if (hosts.length > 0) partners.add(pick(this.#parts.random, hosts))
    }
    // In a cluster of many nodes with dead seeds each round would otherwise be a burst; alone, all of them are asked.
    const asked = membership.size(false) === 0 ? strangers.length : Math.min(seedsPerRound, strangers.length)
    const start = randomBelow(this.#parts.random, strangers.length)
    for (let i = 0; i < asked; i++) partners.add(strangers[(start + i) % strangers.length])
    if (partners.size > 0) membership.sync([...partners])
  }

  /** Ends every timer. Returns what to tell the members, and their hosts: the library leaves silently (swim.js:186). */
  stop(): { readonly farewell: Buffer; readonly hosts: readonly string[] } {
    const hosts = this.live.map(({ host }) => host)
    const record = { ...this.#swim.membership.local.data(), state: memberState.faulty }
    this.#patched.stop()
    this.#stopBeating()
    this.#suspicions.clear()
    return { farewell: writeMessage(messageType.update, record), hosts }
  }

  get #now(): number {
    return this.#time.clock.monotonic()
  }

  #beat(): void {
    const now = this.#now
    const heard = this.#health.beat(now)
    this.#suspicions.beat(now, heard, this.#health.mayAccuse(now, now))
  }

  #hear(record: GossipRecord, from: string): void {
    // membership.js:207 believes at once whoever calls a member lost, so that after a split each half would drop its
    // own on the word of the other. Here hearsay makes a suspect, who may contradict (as hashicorp/memberlist).
    const isHearsay = record.host !== from && record.state === memberState.faulty && this.isLive(record.host)
    this.#swim.net.emit('update', isHearsay ? { ...record, state: memberState.suspect } : record, from)
    const now = this.#swim.membership.get(record.host)
    if (now?.state === memberState.suspect) this.#suspect(record.host)
    if (record.host !== from || record.state !== memberState.faulty || now !== undefined) return
    if (!this.#left.has(from)) this.#parts.signed('left', record)
    this.#left.add(from)
  }

  #hearOfSelf(record: GossipRecord, from: string): void {
    const { net, membership } = this.#swim
    // What they know is an earlier process at this address. The library lets that stand at an equal incarnation
    // (member.js:34), so it is treated as a doubt.
    const isEarlier = record.meta.i !== this.#self.meta.i
    const state = isEarlier && record.state === memberState.alive ? memberState.suspect : record.state
    net.emit('update', { ...record, state }, from)
    if (state !== memberState.alive && !isEarlier) this.#health.doubted()
    // Straight back, and not only with the next pings, which do not go to who does not count as a member: with this
    // a split heals in one round trip for each pair.
    if (state !== memberState.alive)
      net.sendMessage({ type: messageType.update, data: membership.local.data() }, from)
  }

  #suspect(host: string): void {
    const { membership, net } = this.#swim
    const member = membership.get(host)
    if (member === undefined || !this.#suspicions.begin(host, member.incarnation, this.#now)) return
    membership.onUpdate({ ...member.data(), state: memberState.suspect })
    this.#parts.signed('suspect', member.data())
    // To its face, so that it can contradict at once; the library waits for its next answer (membership.js:58).
    net.sendMessage(
      { type: messageType.update, data: { ...member.data(), state: memberState.suspect } },
      host,
    )
  }

  #lose(host: string, incarnation: number): void {
    const { membership } = this.#swim
    const member = membership.get(host)
    if (member?.state !== memberState.suspect || member.incarnation !== incarnation) return
    membership.onUpdate({ ...member.data(), state: memberState.faulty })
  }

  // Who writes to us without being known has known us before: it is told of us at once, so that a restarted node
  // without seeds need not wait until it is found.
  #greet(from: string): void {
    if (this.isLive(from) || this.#greeted.has(from)) return
    this.#greeted.add(from)
    this.#swim.membership.sync([from])
  }

  #noteChange({ host, state }: GossipRecord): void {
    if (state === memberState.faulty) {
      this.#lostAt.set(host, this.#now)
    } else {
      this.#lostAt.delete(host)
      this.#left.delete(host)
    }
    this.#parts.changed()
  }

  // membership.js:218 keeps the lost for ever and tells everybody of them in each exchange.
  #reap(): void {
    const { hostToFaulty } = this.#swim.membership
    for (const [host, lostAt] of this.#lostAt) {
      if (this.#now - lostAt < this.#timings.reapMs) continue
      delete hostToFaulty[host]
      this.#lostAt.delete(host)
      this.#left.delete(host)
    }
  }

  #hasRoomFor(host: string): boolean {
    const { membership } = this.#swim
    if (host === this.#self.host || this.isLive(host) || membership.hostToFaulty[host] !== undefined)
      return true
    return membership.size(false) + this.#lostAt.size < maxHosts
  }
}
