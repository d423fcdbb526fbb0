import type { Cancel, Environment, Log } from '../../../src/core/environment.ts'
import { SeededRandom, silent, type World } from './world.ts'

const startWallMs = Date.UTC(2026, 5, 1)

export interface ClockSettings {
  readonly offsetMs: number
  /** How fast its clocks go; 1 is true time. */
  readonly rate: number
}

export interface ProcessOptions {
  readonly seed: number
  readonly log?: Log
}

/**
 * What a process has of the outside world: clocks of its own, timers that die with it and wait while it is paused, as
 * those of a process that was stopped by a signal do.
 */
export class SimProcess {
  readonly env: Environment
  /** By so much its wall clock was set forward since it was started. */
  steppedMs = 0
  readonly #world: World
  readonly #clock: ClockSettings
  #state: 'running' | 'paused' | 'dead' = 'running'
  #backlog: { readonly what: () => void; readonly isTimer: boolean }[] = []

  constructor(world: World, clock: ClockSettings, { seed, log = silent }: ProcessOptions) {
    this.#world = world
    this.#clock = clock
    this.env = {
      clock: {
        wall: () => startWallMs + Math.floor(this.monotonic + clock.offsetMs + this.steppedMs),
        monotonic: () => this.monotonic,
      },
      timers: {
        after: (delayMs, run) => this.#after(delayMs, run),
        every: (periodMs, run) => this.#every(periodMs, run),
        soon: run => void this.#after(0, run),
      },
      random: new SeededRandom(seed),
      log,
    }
  }

  get monotonic(): number {
    return this.#world.now * this.#clock.rate
  }

  get isAlive(): boolean {
    return this.#state !== 'dead'
  }

  get isRunning(): boolean {
    return this.#state === 'running'
  }

  /** Runs it now, or when the process goes on, or never. */
  run(what: () => void, isTimer = false): void {
    if (this.#state === 'running') what()
    else if (this.#state === 'paused') this.#backlog.push({ what, isTimer })
  }

  /** Its wall clock goes to another time; the monotonic one does not. */
  stepClock(ms: number): void {
    this.steppedMs += ms
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused'
  }

  /** Everything that came meanwhile happens at once, timers first, as Node's event loop has it. */
  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'running'
    const late = this.#backlog.splice(0)
    for (const { what, isTimer } of late) if (isTimer) this.run(what)
    for (const { what, isTimer } of late) if (!isTimer) this.run(what)
  }

  kill(): void {
    this.#state = 'dead'
    this.#backlog = []
  }

  #after(delayMs: number, run: () => void): Cancel {
    let cancelled = false
    const cancel = this.#world.after(delayMs / this.#clock.rate, () =>
      this.run(() => {
        if (!cancelled) run()
      }, true),
    )
    return () => {
      cancelled = true
      cancel()
    }
  }

  #every(periodMs: number, run: () => void): Cancel {
    let cancel: Cancel
    const tick = () => {
      cancel = this.#after(periodMs, tick)
      run()
    }
    cancel = this.#after(periodMs, tick)
    return () => cancel()
  }
}
