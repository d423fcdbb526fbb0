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
  /** Messages of members that made no sense, members with invalid records among them. */
  readonly invalid: number
  /** Messages whose handling threw: a defect. */
  readonly failed: number
}

export interface GossipSocketParts {
  readonly udp: Udp
  readonly sealer: Sealer
  readonly log: Log
}

/** Takes a message and its sender's gossip address. False when it was none that may be believed. */
export type Deliver = (message: Message, from: string) => boolean

// Below the 1,500 bytes of Ethernet with room for tunnels: a datagram in fragments is lost with each of them.
const maxDatagramBytes = 1400
const dayMs = 86_400_000
const warnEveryMs = 60_000

/**
 * Sealed datagrams from and to gossip addresses. Each carries its sender's address inside the seal: that from which
 * it comes is another one on hosts with several networks.
 */
export class GossipSocket {
  /** This node's gossip address, as it is told to others. */
  readonly host: string
  readonly #parts: GossipSocketParts
  readonly #header: Buffer
  readonly #stats = {
    datagramsSent: 0,
    datagramsReceived: 0,
    sendErrors: 0,
    rejected: 0,
    invalid: 0,
    failed: 0,
  }
  #deliver: Deliver = () => true
  #warnedAt = 0

  constructor(parts: GossipSocketParts, advertisedIp: string) {
    this.host = `${advertisedIp}:${parts.udp.port}`
    this.#parts = parts
    this.#header = Buffer.from(`${String.fromCharCode(this.host.length)}${this.host}`, 'latin1')
    parts.udp.receive((datagram, source) => this.#receive(datagram, source))
  }

  get stats(): GossipStats {
    return this.#stats
  }

  get maxPayloadBytes(): number {
    return maxDatagramBytes - this.#parts.sealer.overhead - this.#header.length
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
    const plain = datagram.length > maxDatagramBytes ? undefined : this.#parts.sealer.open(datagram)
    if (plain === undefined) {
      this.#reject(source)
      return
    }
    const headerBytes = 1 + (plain[0] ?? 0)
    const from = plain.toString('latin1', 1, headerBytes)
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
    if (Date.now() - this.#warnedAt < warnEveryMs) return
    this.#warnedAt = Date.now()
    const { rejected } = this.#stats
    this.#parts.log.warn(
      { source, rejected },
      'datagram was dropped: sealed with another secret, or not gossip',
    )
  }
}
