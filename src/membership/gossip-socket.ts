import { createHash } from 'node:crypto'
import type { Log } from '../core/environment.ts'
import type { Sealer } from './keyring.ts'
import { type Message, readMessages } from './messages.ts'
import { isGossipHost } from './records.ts'
import type { Udp } from './udp.ts'
import { createIncarnation } from './view.ts'

/** What has come and gone since the start. */
export interface GossipStats {
  readonly datagramsSent: number
  readonly datagramsReceived: number
  /** Could not be sent at all, as when there is no route. */
  readonly sendErrors: number
  /** Datagrams that did not open: another secret, changed, repeated, too long, or no gossip at all. */
  readonly rejected: number
  /** Datagrams of other clusters with the same secret. */
  readonly foreign: number
  /** Messages of members that made no sense, members with invalid records among them. */
  readonly invalid: number
  /** Messages whose handling threw: a defect. */
  readonly failed: number
}

export interface GossipSocketParts {
  readonly udp: Udp
  readonly sealer: Sealer
  readonly log: Log
  /** Name of the cluster: what comes from another one is not let in. */
  readonly cluster: string
}

/** Why a node does not talk to this one, as it says itself: this node's secret, or its cluster's name, is another. */
export type Refusal = 'secret' | 'cluster'

/** Takes a message and its sender's gossip address. False when it was none that may be believed. */
export type Deliver = (message: Message, from: string) => boolean

// Below the 1,500 bytes of Ethernet with room for tunnels: a datagram in fragments is lost with each of them.
const maxDatagramBytes = 1400
const dayMs = 86_400_000
const warnEveryMs = 60_000
const tagBytes = 8

// Told in the clear to whoever cannot be understood, so that a wrong secret shows where it was given. Shorter than
// anything it answers, and believed for no more than the wording of an error: anybody can send it.
const noticeMagic = Buffer.from('mnemesh?')
const refusals: readonly Refusal[] = ['secret', 'cluster']
const noticesPerSecond = 20
const maxRefusals = 64

/**
 * Sealed datagrams from and to gossip addresses. Each carries, inside the seal, a tag of its cluster and its sender's
 * address: that from which it comes is another one on hosts with several networks.
 */
export class GossipSocket {
  readonly #parts: GossipSocketParts
  readonly #tag: Buffer
  #host = ''
  #header: Buffer = Buffer.alloc(0)
  readonly #stats = {
    datagramsSent: 0,
    datagramsReceived: 0,
    sendErrors: 0,
    rejected: 0,
    foreign: 0,
    invalid: 0,
    failed: 0,
  }
  readonly #refusals = new Map<string, Refusal>()
  #deliver: Deliver = () => true
  #noticesLeft = noticesPerSecond
  #noticesSince = 0
  #warnedAt = 0

  constructor(parts: GossipSocketParts, advertisedIp: string) {
    this.#parts = parts
    this.#tag = clusterTag(parts.cluster)
    this.moveTo(advertisedIp)
    parts.udp.receive((datagram, source) => this.#receive(datagram, source))
  }

  /** This node's gossip address, as it is told to others. */
  get host(): string {
    return this.#host
  }

  /** From now on others reach this node at that IPv4 address. */
  moveTo(advertisedIp: string): void {
    this.#host = `${advertisedIp}:${this.#parts.udp.port}`
    const host = Buffer.from(`${String.fromCharCode(this.#host.length)}${this.#host}`, 'latin1')
    this.#header = Buffer.concat([this.#tag, host])
  }

  get stats(): GossipStats {
    return this.#stats
  }

  get maxPayloadBytes(): number {
    return maxDatagramBytes - this.#parts.sealer.overhead - this.#header.length
  }

  /** Why the node at that address does not talk to this one, if it said so. */
  refusalOf(host: string): Refusal | undefined {
    return this.#refusals.get(host)
  }

  /** From now on messages go there; before, they are dropped. */
  deliverTo(deliver: Deliver): void {
    this.#deliver = deliver
  }

  send(payload: Buffer, host: string): void {
    const datagram = this.#parts.sealer.seal(Buffer.concat([this.#header, payload]))
    this.#stats.datagramsSent++
    this.#parts.udp.send(datagram, host, () => this.#stats.sendErrors++)
  }

  close(): Promise<void> {
    return this.#parts.udp.close()
  }

  #receive(datagram: Buffer, source: string): void {
    this.#stats.datagramsReceived++
    if (this.#noteRefusal(datagram, source)) return
    const plain = datagram.length > maxDatagramBytes ? undefined : this.#parts.sealer.open(datagram)
    if (plain === undefined) {
      this.#reject(source)
      return
    }
    if (plain.compare(this.#header, 0, tagBytes, 0, tagBytes) !== 0) {
      this.#stats.foreign++
      this.#refuse(source, 'cluster')
      return
    }
    const headerBytes = tagBytes + 1 + (plain[tagBytes] ?? 0)
    const from = plain.toString('latin1', tagBytes + 1, headerBytes)
    if (!isGossipHost(from)) {
      this.#stats.invalid++
      return
    }
    // A node whose clock is a day ahead is not believed: nobody could outdo its incarnations.
    const latestIncarnation = createIncarnation(Date.now() + dayMs, 0)
    for (const message of readMessages(plain.subarray(headerBytes), latestIncarnation)) {
      if (message === undefined || !this.#deliverGuarded(message, from)) this.#stats.invalid++
    }
  }

  // The library's handlers run unguarded (net.js:117-230). We know of no checked message at which they throw, but
  // what arrives in a datagram must never end the process.
  #deliverGuarded(message: Message, from: string): boolean {
    try {
      return this.#deliver(message, from)
    } catch (err) {
      this.#stats.failed++
      this.#parts.log.error({ err, type: message.type, from }, 'gossip message could not be handled')
      return true
    }
  }

  // Most often a wrong secret, which is hard to find when nobody says so; but not one line for each datagram.
  #reject(source: string): void {
    this.#stats.rejected++
    this.#refuse(source, 'secret')
    if (Date.now() - this.#warnedAt < warnEveryMs) return
    this.#warnedAt = Date.now()
    const { rejected } = this.#stats
    this.#parts.log.warn(
      { source, rejected },
      'datagram was dropped: sealed with another secret, or not gossip',
    )
  }

  #refuse(source: string, why: Refusal): void {
    const now = Date.now()
    if (now - this.#noticesSince >= 1000) {
      this.#noticesSince = now
      this.#noticesLeft = noticesPerSecond
    }
    if (this.#noticesLeft-- <= 0 || !isGossipHost(source)) return
    const notice = Buffer.concat([noticeMagic, Buffer.from([refusals.indexOf(why)])])
    this.#parts.udp.send(notice, source, () => this.#stats.sendErrors++)
  }

  #noteRefusal(datagram: Buffer, source: string): boolean {
    if (datagram.length !== noticeMagic.length + 1 || datagram.compare(noticeMagic, 0, 8, 0, 8) !== 0)
      return false
    const why = refusals[datagram[noticeMagic.length] ?? 0]
    if (why !== undefined && this.#refusals.size < maxRefusals) this.#refusals.set(source, why)
    return true
  }
}

/** What a cluster's name comes to in every datagram. */
export function clusterTag(cluster: string): Buffer {
  return createHash('sha256').update(cluster).digest().subarray(0, tagBytes)
}
