import { randomBytes } from 'node:crypto'
import type { Environment, Log } from '../core/environment.ts'

/** Real time, randomness and timers. Timers keep no process alive. */
export function processEnvironment(log: Log): Environment {
  return {
    clock: { wall: () => Date.now(), monotonic: () => performance.now() },
    timers: {
      after(delayMs, run) {
        const timer = setTimeout(run, delayMs).unref()
        return () => clearTimeout(timer)
      },
      every(periodMs, run) {
        const timer = setInterval(run, periodMs).unref()
        return () => clearInterval(timer)
      },
      soon: run => void setImmediate(run),
    },
    random: {
      uint32: () => Math.floor(Math.random() * 4294967296),
      bytes: length => randomBytes(length),
    },
    log,
  }
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
