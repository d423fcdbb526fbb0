import type { Cancel } from '../core/environment.ts'

/** SIGTERM and SIGINT close what is given and end the process; a second one ends it at once. */
export function closeOnSignals(close: () => Promise<void>): Cancel {
  const signals = ['SIGTERM', 'SIGINT'] as const
  const once = () => {
    for (const signal of signals) process.once(signal, () => process.exit(1))
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  for (const signal of signals) process.once(signal, once)
  return () => {
    for (const signal of signals) process.removeListener(signal, once)
  }
}
