import { MnemeshError } from '../../../src/core/errors.ts'
import type { Dialer, Lane, Wire, WireEvents } from '../../../src/wire/wire.ts'
import type { SimProcess } from './process.ts'
import type { World } from './world.ts'

/** How the network treats frames; probabilities per frame. */
export interface NetworkFaults {
  readonly minDelayMs: number
  readonly maxDelayMs: number
  /** A frame waits this long, and everything behind it. */
  readonly spike: number
  readonly spikeMs: number
  readonly loss: number
  readonly duplicate: number
  readonly reorder: number
}

export const calmNetwork: NetworkFaults = {
  minDelayMs: 0.2,
  maxDelayMs: 2,
  spike: 0,
  spikeMs: 0,
  loss: 0,
  duplicate: 0,
  reorder: 0,
}

type Accept = (wire: Wire, lane: Lane) => WireEvents

/** Frames in flight on one side of a wire above which `send` says that it is full; on a narrow one, bytes. */
const fullAt = 64
const fullBytes = 512 * 1024

/** All wires between simulated processes. Hosts are node names; a process listens on its host while it lives. */
export class Network {
  faults: NetworkFaults = calmNetwork
  readonly #world: World
  readonly #listeners = new Map<string, { readonly process: SimProcess; readonly accept: Accept }>()
  readonly #slow = new Map<string, number>()
  readonly #narrow = new Map<string, number>()
  readonly #cuts = new Set<string>()
  readonly #wires = new Set<SimWire>()
  frames = 0
  bytes = 0

  constructor(world: World) {
    this.#world = world
  }

  listen(host: string, process: SimProcess, accept: Accept): void {
    this.#listeners.set(host, { process, accept })
  }

  /** The process on that host is gone: its wires break at the other ends soon, unless they are cut off as well. */
  kill(host: string): void {
    this.#listeners.delete(host)
    for (const wire of [...this.#wires]) if (wire.from === host || wire.to === host) wire.die(host)
  }

  /** Frames from `from` to `to` vanish, without anybody being told. */
  cut(from: string, to: string): void {
    this.#cuts.add(`${from}>${to}`)
  }

  mend(from?: string, to?: string): void {
    if (from === undefined || to === undefined) this.#cuts.clear()
    else this.#cuts.delete(`${from}>${to}`)
  }

  /** What goes from `from` to `to` takes up to so much longer; 0 ends that. */
  slow(from: string, to: string, maxMs: number): void {
    this.#slow.set(`${from}>${to}`, maxMs)
  }

  /** Each wire carries so much from `from` to `to`, and no more. */
  narrow(from: string, to: string, bytesPerMs: number): void {
    this.#narrow.set(`${from}>${to}`, bytesPerMs)
  }

  /** How long so many bytes take a wire on that way. */
  passMs(from: string, to: string, bytes: number): number {
    return bytes / (this.#narrow.get(`${from}>${to}`) ?? Number.POSITIVE_INFINITY)
  }

  isCut(from: string, to: string): boolean {
    return this.#cuts.has(`${from}>${to}`)
  }

  dialer(host: string, process: SimProcess): Dialer {
    const end = (to: string) => ({ from: host, to, process })
    return { dial: (address, lane, events) => this.#dial(end(address), lane, events) }
  }

  #dial(end: End, lane: Lane, events: WireEvents): Wire {
    const { from, to } = end
    const near = new SimWire(this.#world, this, end)
    near.events = events
    this.#wires.add(near)
    this.#world.after(this.delay(end), () => {
      const listener = this.#listeners.get(to)
      if (near.isClosed) return
      if (listener === undefined) {
        if (!this.isCut(from, to) && !this.isCut(to, from))
          near.close(new MnemeshError('ERR_UNAVAILABLE', `${to} refused`))
        return
      }
      const { process, accept } = listener
      // Of one that stands still the system takes connections, and nothing answers.
      process.run(() => {
        if (near.isClosed) return
        const far = new SimWire(this.#world, this, { from: to, to: from, process })
        this.#wires.add(far)
        near.connect(far)
        far.connect(near)
        far.events = accept(far, lane)
        near.release()
      })
    })
    return near
  }

  forget(wire: SimWire): void {
    this.#wires.delete(wire)
  }

  /** Of a message, on that way. */
  delay({ from, to }: Pick<End, 'from' | 'to'>): number {
    const { minDelayMs, maxDelayMs } = this.faults
    const extraMs = this.#slow.get(`${from}>${to}`) ?? 0
    return minDelayMs + this.#world.random.unit() * (maxDelayMs + extraMs - minDelayMs)
  }
}

/** One end of a wire: the host that it is on, the other one, and whose it is. */
interface End {
  readonly from: string
  readonly to: string
  readonly process: SimProcess
}

class SimWire implements Wire {
  readonly from: string
  readonly to: string
  events: WireEvents | undefined
  readonly #process: SimProcess
  readonly #world: World
  readonly #network: Network
  #peer: SimWire | undefined
  #waiting: Buffer[] = []
  #lastArrival = 0
  #inFlight = 0
  // On a narrow way: what has not been carried yet, and when it will be.
  #queuedBytes = 0
  #freeAt = 0
  #wasFull = false
  #closed = false

  constructor(world: World, network: Network, { from, to, process }: End) {
    this.#world = world
    this.#network = network
    this.#process = process
    this.from = from
    this.to = to
  }

  get isClosed(): boolean {
    return this.#closed
  }

  connect(peer: SimWire): void {
    this.#peer = peer
  }

  /** The other end answers: what was sent meanwhile may go. */
  release(): void {
    for (const frame of this.#waiting.splice(0)) this.send(frame)
  }

  send(frame: Buffer): boolean {
    if (this.#closed) return true
    if (this.#peer === undefined) {
      this.#waiting.push(frame)
      return this.#waiting.length < fullAt
    }
    // A copy, as on a real wire: the sender may use its buffer again.
    const bytes = Buffer.from(frame)
    const { random } = this.#world
    const { loss, duplicate, reorder, spike, spikeMs } = this.#network.faults
    this.#network.frames++
    this.#network.bytes += bytes.length
    if (random.chance(loss)) return true
    this.#deliver(bytes, random.chance(reorder), random.chance(spike) ? random.unit() * spikeMs : 0)
    if (random.chance(duplicate)) this.#deliver(bytes, true, 0)
    if (this.#inFlight < fullAt && this.#queuedBytes < fullBytes) return true
    this.#wasFull = true
    return false
  }

  close(error?: MnemeshError): void {
    if (this.#closed) return
    this.#closed = true
    this.#network.forget(this)
    const peer = this.#peer
    // The end of a connection is a message, too: a cut swallows it.
    this.#world.after(this.#network.delay(this), () => {
      if (!this.#network.isCut(this.from, this.to)) peer?.lost()
    })
    this.#world.after(0, () => this.#process.run(() => this.events?.closed(error)))
  }

  receive(bytes: Buffer): void {
    this.#process.run(() => {
      if (!this.#closed) this.events?.frame(bytes)
    })
  }

  lost(): void {
    this.#process.run(() =>
      this.close(new MnemeshError('ERR_UNAVAILABLE', `the connection to ${this.to} broke`)),
    )
  }

  /** The process on `host` is gone: on its own side nothing happens any more. */
  die(host: string): void {
    if (this.#closed) return
    this.#closed = true
    this.#network.forget(this)
    if (this.from !== host) {
      this.#closed = false
      this.#network.forget(this)
      this.#world.after(this.#network.delay(this), () => {
        if (!this.#network.isCut(this.to, this.from)) this.lost()
      })
    }
  }

  // How long it waits behind what was sent before it, and takes itself.
  #carry(bytes: number): number {
    const passMs = this.#network.passMs(this.from, this.to, bytes)
    if (passMs === 0) return 0
    this.#freeAt = Math.max(this.#freeAt, this.#world.now) + passMs
    this.#queuedBytes += bytes
    this.#world.after(this.#freeAt - this.#world.now, () => {
      this.#queuedBytes -= bytes
      this.#drain()
    })
    return this.#freeAt - this.#world.now
  }

  #drain(): void {
    if (!this.#wasFull || this.#inFlight >= fullAt / 2 || this.#queuedBytes > fullBytes / 2) return
    this.#wasFull = false
    this.#process.run(() => {
      if (!this.#closed) this.events?.drained()
    })
  }

  #deliver(bytes: Buffer, outOfOrder: boolean, extraMs: number): void {
    const peer = this.#peer
    const delay = this.#network.delay(this) + extraMs + this.#carry(bytes.length)
    const at = outOfOrder ? this.#world.now + delay : Math.max(this.#world.now + delay, this.#lastArrival)
    if (!outOfOrder) this.#lastArrival = at
    this.#inFlight++
    this.#world.after(at - this.#world.now, () => {
      this.#inFlight--
      this.#drain()
      if (!this.#network.isCut(this.from, this.to)) peer?.receive(bytes)
    })
  }
}
