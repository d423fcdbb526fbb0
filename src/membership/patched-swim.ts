import Swim from 'swim'
import type { Random } from '../core/environment.ts'
import { messageType } from './messages.ts'
import type { OwnRecord } from './records.ts'
import type { Timings } from './timings.ts'

export interface PatchedSwimParts {
  readonly send: (payload: Buffer, host: string) => void
  readonly random: Random
  /** Called when a member answered neither us nor others. */
  readonly suspect: (host: string) => void
}

export interface PatchedSwimOptions {
  readonly timings: Timings
  readonly maxPayloadBytes: number
}

/**
 * npm `swim` 0.6.0 with its socket and its probes taken over on the instance; no file of the package is changed.
 * What is left to it is the member table, the round of pings, and the spreading of updates. It never sees a socket,
 * a datagram that was not checked, or an identity but `ip:port`.
 */
export class PatchedSwim {
  readonly swim: Swim
  readonly #parts: PatchedSwimParts
  readonly #timings: Timings
  /** Whose answer is awaited, by sequence number. */
  readonly #asked = new Map<number, string>()
  readonly #indirectPings = new Set<NodeJS.Timeout>()

  constructor(self: OwnRecord, parts: PatchedSwimParts, { timings, maxPayloadBytes }: PatchedSwimOptions) {
    this.#parts = parts
    this.#timings = timings
    this.swim = new Swim({
      codec: 'json',
      // From 0 (the default) a quick restart is taken for the old process for ever (member.js:8, its issue 10).
      // The node's incarnation grows with its start and leaves room for refutations: 4,096 a ms.
      local: { ...self, incarnation: self.meta.i },
      // By default a restarted node takes over what its predecessor said of itself (member.js:27, its issue 14).
      preferCurrentMeta: true,
      interval: timings.intervalMs,
      pingTimeout: timings.pingTimeoutMs,
      pingReqTimeout: timings.pingReqTimeoutMs,
      suspectTimeout: timings.suspectTimeoutMs,
      udp: { maxDgramSize: maxPayloadBytes },
    })
    this.#takeOverNet()
    this.#takeOverProbes()
  }

  start(): void {
    // With the socket taken over, this neither waits nor fails. Seeds are ours to ask: `join` sends one datagram,
    // never repeats it, and fails late on the node's own address (swim.js:111-183).
    this.swim.bootstrap([], () => {})
  }

  /** False when somebody else was asked under that number: failure-detector.js:169 takes any answer, whoever sends it. */
  mayAnswer(seq: number, from: string): boolean {
    return (this.#asked.get(seq) ?? from) === from
  }

  stop(): void {
    this.swim.leave()
    for (const timer of this.#indirectPings) clearTimeout(timer)
  }

  #takeOverNet(): void {
    const { net } = this.swim
    // net.js:21-39 binds every interface whatever the host says, emits socket errors where nobody listens, and opens
    // another socket on closing.
    net.udpSocket.close()
    net.listen = bound => bound()
    net.close = () => {}
    // net.js:320 throws on an address that does not parse and looks up names for every datagram.
    net.sendBuffer = (payload, host) => this.#parts.send(payload, host)
    const sendMessage = net.sendMessage.bind(net)
    net.sendMessage = (message, host) => {
      const isQuestion = message.type === messageType.ping || message.type === messageType.pingReq
      if (isQuestion && 'seq' in message.data) this.#asked.set(message.data.seq, host)
      sendMessage(message, host)
    }
    // codec.js:13 allocates by the deprecated `new Buffer`. What arrives is read by messages.ts, not here.
    this.swim.codec = { encode: body => Buffer.from(JSON.stringify(body)), decode: () => undefined }
  }

  #takeOverProbes(): void {
    const { failureDetector } = this.swim
    // From 0 (failure-detector.js:16), answers recorded in an earlier life would count again.
    failureDetector.seq = this.#parts.random.uint32()
    const clearSeq = failureDetector.clearSeq.bind(failureDetector)
    failureDetector.clearSeq = seq => {
      this.#asked.delete(seq)
      clearSeq(seq)
    }
    // failure-detector.js:57 leaves a first ping behind that outlives the node, and with it another timer.
    failureDetector.tick = () => {
      failureDetector.tickHandle = setInterval(() => failureDetector.ping(), this.#timings.intervalMs)
    }
    failureDetector.pingReq = member => this.#pingThroughOthers(member)
  }

  // failure-detector.js:97 keeps this timer to itself, where leaving does not find it. Among the relays may be the
  // member itself (:90): that is a second try, and between two nodes the only one.
  #pingThroughOthers(member: Swim.Member): void {
    const { failureDetector, membership } = this.swim
    const timer = setTimeout(() => {
      this.#indirectPings.delete(timer)
      this.#parts.suspect(member.host)
    }, this.#timings.pingReqTimeoutMs)
    this.#indirectPings.add(timer)
    for (const relay of membership.random(failureDetector.pingReqGroupSize)) {
      failureDetector.pingReqThroughMember(member, relay, () => {
        clearTimeout(timer)
        this.#indirectPings.delete(timer)
      })
    }
  }
}
