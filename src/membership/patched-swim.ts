import Swim from 'swim'
import { type Cancel, pick, type Random, randomBelow } from '../core/environment.ts'
import type { LocalHealth } from './local-health.ts'
import { messageType } from './messages.ts'
import type { OwnRecord } from './records.ts'
import type { Time } from './time.ts'
import type { Timings } from './timings.ts'

export interface PatchedSwimParts {
  readonly send: (payload: Buffer, host: string) => void
  readonly random: Random
  readonly time: Time
  readonly health: LocalHealth
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
  /** Members whose answer is awaited, directly or through others. */
  readonly #probes = new Set<Cancel>()
  readonly #direct = new Map<number, Cancel>()
  #stopTicking: Cancel = () => {}

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

  /** True while an answer with that number is waited for. */
  awaits(seq: number): boolean {
    return this.#asked.has(seq)
  }

  stop(): void {
    this.swim.leave()
    this.#stopTicking()
    for (const cancel of this.#probes) cancel()
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
    const { failureDetector, membership } = this.swim
    const { random, time } = this.#parts
    // From 0 (failure-detector.js:16), answers recorded in an earlier life would count again.
    failureDetector.seq = random.uint32()
    const clearSeq = failureDetector.clearSeq.bind(failureDetector)
    failureDetector.clearSeq = seq => {
      this.#asked.delete(seq)
      this.#direct.get(seq)?.()
      clearSeq(seq)
    }
    // failure-detector.js:57 leaves a first ping behind that outlives the node, and with it another timer.
    failureDetector.tick = () => {
      this.#stopTicking = time.timers.every(this.#timings.intervalMs, () => failureDetector.ping())
    }
    failureDetector.pingMember = member => member !== undefined && this.#ping(member)
    // membership.js:256 picks by Math.random, which no simulation can repeat.
    membership.next = () => this.#next()
  }

  #next(): Swim.Member | undefined {
    const { membership } = this.swim
    if (Object.keys(membership.hostToIterable).length === 0) membership.shuffle()
    const hosts = Object.keys(membership.hostToIterable)
    if (hosts.length === 0) return undefined
    const host = pick(this.#parts.random, hosts)
    const member = membership.hostToIterable[host]
    delete membership.hostToIterable[host]
    return member
  }

  // failure-detector.js:67 has one timeout for all times; a process that is late waits longer.
  #ping(member: Swim.Member): void {
    const { failureDetector, net } = this.swim
    const seq = failureDetector.seq++
    const end = this.#after(this.#timings.pingTimeoutMs, () => {
      failureDetector.clearSeq(seq)
      this.#pingThroughOthers(member)
    })
    this.#direct.set(seq, () => {
      this.#direct.delete(seq)
      end()
    })
    net.sendMessage({ type: messageType.ping, data: { seq } }, member.host)
  }

  // failure-detector.js:97 keeps this timer to itself, where leaving does not find it. Among the relays may be the
  // member itself (:90): that is a second try, and between two nodes the only one.
  #pingThroughOthers(member: Swim.Member): void {
    const { failureDetector, membership } = this.swim
    const { health, time, suspect } = this.#parts
    const end = this.#after(this.#timings.pingReqTimeoutMs, dueMs => {
      // Else it is no news of that member that this process heard nothing of it.
      if (!health.mayAccuse(dueMs, time.clock.monotonic())) return
      health.missed()
      suspect(member.host)
    })
    const others = Object.values(membership.hostToMember)
    for (let left = failureDetector.pingReqGroupSize; left > 0 && others.length > 0; left--) {
      const [relay] = others.splice(randomBelow(this.#parts.random, others.length), 1)
      failureDetector.pingReqThroughMember(member, relay, end)
    }
  }

  // After that time, as long as this process is well; tells when it was due.
  #after(ms: number, run: (dueMs: number) => void): Cancel {
    const { health, time } = this.#parts
    const delayMs = ms * health.multiplier
    const dueMs = time.clock.monotonic() + delayMs
    const stop = time.timers.after(delayMs, () => {
      this.#probes.delete(cancel)
      run(dueMs)
    })
    const cancel = () => {
      this.#probes.delete(cancel)
      stop()
    }
    this.#probes.add(cancel)
    return cancel
  }
}
