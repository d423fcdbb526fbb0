/** What a process says of itself after a full garbage collection. */
export interface ProcessMeasures {
  readonly heapBytes: number
  readonly residentBytes: number
  readonly timers: number
  /** Sockets, pipes and the like that the event loop waits for. */
  readonly handles: number
  readonly files: number
}

// Loaded before the program, so that the program itself has no hook: it moves the wall clock of the process, and counts
// what the process holds. The clock that only measures stays as it is.
const source = `
import { readdirSync } from 'node:fs'
const now = Date.now
let offsetMs = 0
Date.now = () => now() + offsetMs
process.on('message', message => {
  if (typeof message?.clockMs === 'number') offsetMs = message.clockMs
  if (message?.ask !== 'measure') return
  gc()
  const resources = process.getActiveResourcesInfo()
  const timers = resources.filter(name => name === 'Timeout' || name === 'Immediate').length
  const { heapUsed, rss } = process.memoryUsage()
  const files = readdirSync('/proc/self/fd').length
  process.send({ measured: { heapBytes: heapUsed, residentBytes: rss, timers, handles: resources.length - timers, files } })
})`

/** Flags of Node with which a process obeys and answers. */
export const probeFlags: readonly string[] = [
  ...['--expose-gc', '--import'],
  `data:text/javascript,${encodeURIComponent(source)}`,
]

/** What the process measured, if that is what the message says. */
export function measuresOf(message: unknown): ProcessMeasures | undefined {
  const told = message as { readonly measured?: ProcessMeasures } | undefined
  return told?.measured
}
