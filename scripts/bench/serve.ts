/** Serves commands in a worker: says that it is ready, then answers each with what `run` resolves with. */
export function serve<C>(run: (command: C) => Promise<unknown>): void {
  process.on('message', command => {
    run(command as C).then(
      answer => process.send?.({ answer }),
      error => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
    )
  })
  // Whoever ends the bench ends its workers.
  process.on('disconnect', () => process.exit())
  process.send?.({ answer: 'ready' })
}
