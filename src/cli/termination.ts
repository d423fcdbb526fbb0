/**
 * Calls `end` when the process is asked to end for the first time; whoever asks again wants it now, and gets it.
 */
export function onTermination(
  signals: readonly NodeJS.Signals[],
  end: (signal: NodeJS.Signals) => void,
): void {
  let asked = false
  for (const signal of signals) {
    process.on(signal, () => {
      if (asked) process.exit(1)
      asked = true
      end(signal)
    })
  }
}
