import type { Cancel, Random } from '../core/environment.ts'
import type { Seeds } from './discovery.ts'
import { Gossip } from './gossip.ts'
import type { GossipSocket, GossipStats, Refusal } from './gossip-socket.ts'
import { Joining } from './joining.ts'
import type { Membership, SignListener } from './membership.ts'
import { type Is, type Message, maxBearers, type Who } from './messages.ts'
import { answerWho, askWho, otherBearer, type Send } from './name-check.ts'
import { type Bearer, memberOf, recordOf } from './records.ts'
import type { Timings } from './timings.ts'
import { type Member, View } from './view.ts'

export interface SwimMembershipParts {
  readonly socket: GossipSocket
  readonly seeds: Seeds
  readonly random: Random
}

// A datagram may be lost. The gap after the last one lets it out before the socket closes.
const farewells = 3
const farewellGapMs = 20

/** Membership by SWIM gossip over UDP. Runs from its creation to `leave`. */
export class SwimMembership implements Membership {
  #self: Member
  #view: View
  readonly #parts: SwimMembershipParts
  readonly #timings: Timings
  #gossip: Gossip
  #joining: Joining
  readonly #send: Send
  readonly #changeListeners = new Set<(view: View, previous: View) => void>()
  readonly #signListeners = new Set<SignListener>()
  readonly #replacedListeners = new Set<(newer: Member) => void>()
  #replacedBy: Member | undefined
  #isRefreshing = false
  #vainRounds = 0
  #nextRound: NodeJS.Timeout | undefined
  #leaving: Promise<void> | undefined

  constructor(self: Member, parts: SwimMembershipParts, timings: Timings) {
    const { socket } = parts
    this.#self = self
    this.#view = new View([self])
    this.#parts = parts
    this.#timings = timings
    this.#send = (payload, host) => socket.send(payload, host)
    this.#gossip = this.#startGossip()
    this.#joining = this.#startJoining()
    socket.deliverTo((message, from) => this.#receive(message, from))
    this.#round()
  }

  /** This process as the others see it. */
  get self(): Member {
    return this.#self
  }

  get view(): View {
    return this.#view
  }

  get healthScore(): number {
    return this.#gossip.health
  }

  get seeds(): readonly (Member | undefined)[] {
    const members = new Map(this.#view.members.map(member => [member.gossip, member]))
    return this.#joining.bearers.map(host => members.get(host))
  }

  get stats(): GossipStats {
    return this.#parts.socket.stats
  }

  onChange(listener: (view: View, previous: View) => void): Cancel {
    this.#changeListeners.add(listener)
    return () => this.#changeListeners.delete(listener)
  }

  onSign(listener: SignListener): Cancel {
    this.#signListeners.add(listener)
    return () => this.#signListeners.delete(listener)
  }

  onReplaced(listener: (newer: Member) => void): Cancel {
    this.#replacedListeners.add(listener)
    const newer = this.#replacedBy
    // It may have been found out before anybody could listen.
    if (newer !== undefined) queueMicrotask(() => listener(newer))
    return () => this.#replacedListeners.delete(listener)
  }

  join(seeds: readonly string[]): void {
    this.#parts.seeds.add(seeds)
    if (this.#leaving !== undefined) return
    this.#joining.restart()
    this.#vainRounds = 0
    this.#round()
  }

  /**
   * True as soon as a seed other than this node is a member, or when there is no such seed; false after `timeoutMs`
   * and on leaving. Joining goes on all the same.
   */
  joined(timeoutMs: number): Promise<boolean> {
    return this.#joining.wait(timeoutMs)
  }

  /** Why a seed does not let this node in, if one said so: for the wording of an error, nothing proves it. */
  get refusal(): Refusal | undefined {
    const { seeds, socket } = this.#parts
    return seeds.hosts.map(host => socket.refusalOf(host)).find(refusal => refusal !== undefined)
  }

  /**
   * From now on others reach this node at that IPv4 address: its host was given another one. The same process to them,
   * name and incarnation, under new addresses; who is there it has to find out anew.
   */
  moveTo(ip: string): void {
    if (this.#leaving !== undefined) return
    const { socket, seeds } = this.#parts
    const { known } = this.#gossip
    const { farewell, hosts } = this.#gossip.stop()
    // While the sender is who they know: of nobody else do they believe that a member is gone.
    for (const host of hosts) socket.send(farewell, host)
    this.#joining.end()
    // They seek it where it was: it has to go to them.
    seeds.add(known)
    socket.moveTo(ip)
    const { address } = this.#self
    this.#self = { ...this.#self, gossip: socket.host, address: ip + address.slice(address.lastIndexOf(':')) }
    this.#gossip = this.#startGossip()
    this.#joining = this.#startJoining()
    this.#refreshSoon()
    this.#round()
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#leave()
    return this.#leaving
  }

  async #leave(): Promise<void> {
    const { socket } = this.#parts
    clearTimeout(this.#nextRound)
    // From here on no question is answered: a successor of the same name must not find us.
    socket.deliverTo(() => true)
    const { farewell, hosts } = this.#gossip.stop()
    this.#joining.end()
    for (let i = 0; i < farewells && hosts.length > 0; i++) {
      for (const host of hosts) socket.send(farewell, host)
      await new Promise(resolve => setTimeout(resolve, farewellGapMs))
    }
    await socket.close()
  }

  #startGossip(): Gossip {
    const { socket, random } = this.#parts
    return new Gossip(
      recordOf(this.#self),
      {
        ...{ send: this.#send, random, changed: () => this.#refreshSoon() },
        signed: (sign, record) => {
          for (const listener of this.#signListeners) listener(sign, memberOf(record))
        },
      },
      { timings: this.#timings, maxPayloadBytes: socket.maxPayloadBytes },
    )
  }

  #startJoining(): Joining {
    const { seeds } = this.#parts
    return new Joining(this.#self.gossip, { seeds, isLive: host => this.#gossip.isLive(host) })
  }

  #round(): void {
    clearTimeout(this.#nextRound)
    const { strangers } = this.#joining
    this.#gossip.exchange(strangers)
    // The answer tells who is there, if it is a member under another address.
    for (const seed of strangers) askWho(this.#send, this.#self.name, seed)
    this.#confirmReplacement()
    // Not waited for: DNS may take longer than a round. What is new is asked in the next one.
    void this.#parts.seeds.refresh().then(() => this.#joining.check())
    const { intervalMs, syncIntervalMs } = this.#timings
    // Sooner at first while nobody answers: the one datagram of a round may get lost.
    const delayMs = this.#joining.isDone ? syncIntervalMs : intervalMs * 2 ** this.#vainRounds++
    this.#nextRound = setTimeout(() => this.#round(), Math.min(syncIntervalMs, delayMs))
  }

  #receive(message: Message, from: string): boolean {
    switch (message.type) {
      case 'who':
        this.#answer(message, from)
        break
      case 'is':
        this.#noteBearers(message, from)
        break
      default:
        if (!this.#gossip.receive(message, from)) return false
    }
    this.#joining.check()
    return true
  }

  #answer({ name, at }: Who, from: string): void {
    if (from !== this.#self.gossip) answerWho(this.#send, { name, at, bearers: this.#bearers(name) }, from)
    // Our own question: a seed is this node under another address.
    else this.#joining.note(at, from)
  }

  #noteBearers(message: Is, from: string): void {
    this.#joining.note(message.at, from)
    const other = otherBearer(message, from, this.#self)
    if (other !== undefined && other.incarnation > this.#self.incarnation) this.#noteReplacement(other)
  }

  #bearers(name: string): readonly Bearer[] {
    const known = this.#gossip.bearersOf(name).map(memberOf)
    const bearers = name === this.#self.name ? [this.#self, ...known] : known
    const told = bearers.slice(0, maxBearers)
    return told.map(({ incarnation, address, gossip }) => ({ incarnation, address, gossip }))
  }

  // Once after everything that this turn brings: one datagram may tell of many members.
  #refreshSoon(): void {
    if (this.#isRefreshing) return
    this.#isRefreshing = true
    queueMicrotask(() => {
      this.#isRefreshing = false
      if (this.#leaving !== undefined) return
      this.#refresh()
      this.#confirmReplacement()
    })
  }

  #refresh(): void {
    const previous = this.#view
    const members = newestByName(this.#gossip.live.map(memberOf), this.#self)
    if (members.length === previous.members.length && members.every(member => isIn(previous, member))) return
    this.#view = new View(members)
    for (const listener of this.#changeListeners) listener(this.#view, previous)
  }

  // Hearsay does not stop a node: the newer process of its name is asked itself, until it answers. It may be dead
  // by now, and be newer only because this host's clock was set back between two starts.
  #confirmReplacement(): void {
    if (this.#replacedBy !== undefined) return
    for (const { host, meta } of this.#gossip.live) {
      if (meta.n === this.#self.name && meta.i > this.#self.incarnation) askWho(this.#send, meta.n, host)
    }
  }

  #noteReplacement({ incarnation, address, gossip }: Bearer): void {
    if (this.#replacedBy !== undefined) return
    const known = this.#gossip.live.find(({ host }) => host === gossip)
    const { name, zone, version } = known === undefined ? this.#self : memberOf(known)
    const newer: Member = { name, incarnation, address, gossip, zone, version }
    this.#replacedBy = newer
    queueMicrotask(() => {
      for (const listener of this.#replacedListeners) listener(newer)
    })
  }
}

/** Of several processes of one name only the newest counts, and under its own name always the node itself. */
function newestByName(members: readonly Member[], self: Member): readonly Member[] {
  const newest = new Map<string, Member>()
  for (const member of members) {
    const other = newest.get(member.name)
    if (other === undefined || isNewer(member, other)) newest.set(member.name, member)
  }
  newest.set(self.name, self)
  return [...newest.values()]
}

function isNewer(member: Member, other: Member): boolean {
  if (member.incarnation !== other.incarnation) return member.incarnation > other.incarnation
  // By address between equals, so that all nodes decide alike.
  return member.gossip > other.gossip
}

function isIn(view: View, member: Member): boolean {
  const other = view.get(member.name)
  return view.has(member) && other?.gossip === member.gossip && other.address === member.address
}
