import { Violation } from '../support/violation.ts'
import type { World } from '../support/world.ts'
import { calm, type NetworkRoughness } from './plan.ts'

// Several times as much as the busiest run that is well.
const maxBytes = 32 * 1024 * 1024

/** Messages between processes, each delayed by itself: lost, doubled, overtaken and cut off as the plan has it. */
export class StrongNetwork {
  roughness: NetworkRoughness = calm
  messages = 0
  bytes = 0
  /** Sees each message that arrives; false keeps it from its receiver. For directed tests. */
  filter: ((from: string, to: string, bytes: Buffer) => boolean) | undefined
  readonly #world: World
  readonly #deliver: (from: string, to: string, bytes: Buffer) => void
  // How many faults cut that direction: one that ends leaves the others.
  readonly #cuts = new Map<string, number>()

  /** `deliver` takes member ids. */
  constructor(world: World, deliver: (from: string, to: string, bytes: Buffer) => void) {
    this.#world = world
    this.#deliver = deliver
  }

  send(from: string, to: string, bytes: Buffer): void {
    this.messages++
    this.bytes += bytes.length
    if (this.bytes > maxBytes)
      throw new Violation(`${this.bytes} bytes in ${this.messages} messages: a storm`)
    if (this.isCut(from, to)) return
    const { random } = this.#world
    this.#carry(from, to, bytes)
    if (random.chance(this.roughness.duplicate)) this.#carry(from, to, bytes)
  }

  /** Nothing gets from one node to the other until it is mended as often as it was cut. */
  cut(from: string, to: string): void {
    const link = `${from}>${to}`
    this.#cuts.set(link, (this.#cuts.get(link) ?? 0) + 1)
  }

  mend(from: string, to: string): void {
    const link = `${from}>${to}`
    this.#cuts.set(link, Math.max(0, (this.#cuts.get(link) ?? 0) - 1))
  }

  heal(): void {
    this.#cuts.clear()
    this.roughness = calm
  }

  #carry(from: string, to: string, bytes: Buffer): void {
    const { random } = this.#world
    const { minDelayMs, maxDelayMs, loss, spike, spikeMs } = this.roughness
    if (random.chance(loss)) return
    let delayMs = minDelayMs + random.unit() * (maxDelayMs - minDelayMs)
    if (random.chance(spike)) delayMs += random.unit() * spikeMs
    this.#world.after(delayMs, () => {
      if (this.isCut(from, to) || this.filter?.(from, to, bytes) === false) return
      this.#deliver(from, to, bytes)
    })
  }

  /** True while nothing gets from one process to the other. */
  isCut(from: string, to: string): boolean {
    return (this.#cuts.get(`${nameOf(from)}>${nameOf(to)}`) ?? 0) > 0
  }
}

/** The node that a process is one life of. */
export function nameOf(member: string): string {
  return member.slice(0, member.lastIndexOf('#'))
}
