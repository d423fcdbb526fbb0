/** Stops what goes on when the impossible has happened: a defect of ours, never bad input and never the network. */
export function invariant(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`invariant violated: ${what}`)
}
