import type { Cancel, Environment, Log, Random } from '../../../src/core/environment.ts'

/** 32-bit generator with a state of 128 bits (xoshiro128**, Blackman and Vigna), seeded from one number. */
export class SeededRandom implements Random {
  readonly #state = new Uint32Array(4)

  constructor(seed: number) {
    let mixed = seed >>> 0
    for (let i = 0; i < 4; i++) {
      mixed = (mixed + 0x9e3779b9) >>> 0
      let word = mixed
      word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
      word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
      this.#state[i] = word ^ (word >>> 16)
    }
  }

  uint32(): number {
    const s = this.#state
    const five = Math.imul(s[1], 5)
    const result = Math.imul((five << 7) | (five >>> 25), 9) >>> 0
    const shifted = s[1] << 9
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= shifted
    s[3] = (s[3] << 11) | (s[3] >>> 21)
    return result
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.uint32())
  }

  /** Uniform in [0, 1). */
  unit(): number {
    return this.uint32() / 4294967296
  }

  below(bound: number): number {
    return Math.floor(this.unit() * bound)
  }

  chance(probability: number): boolean {
    return this.unit() < probability
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]
  }

  shuffle<T>(list: readonly T[]): T[] {
    const out = [...list]
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      ;[out[i], out[j]] = [out[j], out[i]]
    }
    return out
  }
}

interface Event {
  readonly at: number
  readonly order: number
  readonly run: () => void
  cancelled: boolean
}

const startWallMs = Date.UTC(2026, 5, 1)

/** Virtual time: everything that happens is an event, run in order of time and then of scheduling. */
export class World {
  readonly random: SeededRandom
  readonly #heap: Event[] = []
  #now = 0
  #order = 0
  #events = 0
  /** The first error that anything threw, wherever. */
  failure: unknown

  constructor(seed: number) {
    this.random = new SeededRandom(seed)
  }

  get now(): number {
    return this.#now
  }

  get events(): number {
    return this.#events
  }

  /** Runs after that many virtual ms, before or after other events of the same instant as they were scheduled. */
  after(delayMs: number, run: () => void): Cancel {
    const event = { at: this.#now + Math.max(0, delayMs), order: this.#order++, run, cancelled: false }
    this.#push(event)
    return () => {
      event.cancelled = true
    }
  }

  /** Lets virtual time go on by so much. Between events everything that was promised settles. */
  async run(durationMs: number): Promise<void> {
    const until = this.#now + durationMs
    await settle(0)
    while (this.#heap.length > 0 && this.#heap[0].at <= until && this.failure === undefined) {
      const event = this.#pop()
      this.#now = event.at
      if (event.cancelled) continue
      this.#events++
      try {
        event.run()
      } catch (error) {
        this.failure ??= error
      }
      // Timers of one instant may go together only when nothing promised lies between them.
      await settle(this.#events)
    }
    if (this.failure !== undefined) throw this.failure
    this.#now = until
  }

  /** Lets time go on until the condition holds; fails after `limitMs` of it. */
  async until(condition: () => boolean, limitMs: number, what: string): Promise<void> {
    const limit = this.#now + limitMs
    while (!condition()) {
      if (this.#now >= limit) throw new Error(`not within ${limitMs} virtual ms: ${what}`)
      await this.run(20)
    }
  }

  /** The environment of one process: a clock of its own, timers that die with it. */
  environment(
    options: {
      readonly name?: string
      readonly offsetMs?: number
      readonly log?: Log
      readonly alive?: () => boolean
    } = {},
  ): Environment {
    const { offsetMs = 0, log = silent, alive = () => true } = options
    const guarded = (run: () => void) => () => {
      if (alive()) run()
    }
    const every = (periodMs: number, run: () => void): Cancel => {
      let cancel = this.after(periodMs, tick)
      function tick(this: void) {
        if (!alive()) return
        cancel = schedule(periodMs, tick)
        run()
      }
      const schedule = (ms: number, next: () => void) => this.after(ms, next)
      return () => cancel()
    }
    return {
      clock: {
        wall: () => startWallMs + Math.floor(this.#now + offsetMs),
        monotonic: () => this.#now,
      },
      timers: {
        after: (delayMs, run) => this.after(delayMs, guarded(run)),
        every,
        soon: run => void this.after(0, guarded(run)),
      },
      random: new SeededRandom(this.random.uint32()),
      log,
    }
  }

  #push(event: Event): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(event, heap[parent])) break
      heap[at] = heap[parent]
      at = parent
    }
    heap[at] = event
  }

  #pop(): Event {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop() as Event
    if (heap.length === 0) return top
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++
      if (!isBefore(heap[child], last)) break
      heap[at] = heap[child]
      at = child
    }
    heap[at] = last
    return top
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

// What Node runs next after a microtask is whatever is due before it looks at ticks, however many follow each other.
// Now and then a macrotask, so that Node tells of rejections that nobody has handled, and others get their turn.
function settle(count: number): Promise<void> {
  return new Promise(resolve => {
    if (count % 64 === 0) setImmediate(resolve)
    else process.nextTick(resolve)
  })
}

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }
