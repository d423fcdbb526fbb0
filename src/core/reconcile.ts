/** A copy that this node holds. */
export interface Held {
  readonly id: string
  readonly active: boolean
}

/** What the schema says of a table as this node is concerned. */
export interface Wanted {
  readonly id: string
  /** True when this node shall hold a copy. */
  readonly here: boolean
  /** What the schema has recorded of this process's copy, if anything. */
  readonly recorded: 'loading' | 'active' | undefined
}

export type Step =
  | { readonly kind: 'load'; readonly id: string }
  | { readonly kind: 'drop'; readonly id: string }
  /** The schema has not, or not any more, what is true of this node's copy. */
  | { readonly kind: 'record'; readonly id: string; readonly state: 'loading' | 'active' }

/**
 * What this node must do so that it holds what the schema says. The same answer to the same question, so it may be
 * asked after every change: start, restart, drop and retry are one loop.
 */
export function reconcile(held: readonly Held[], wanted: readonly Wanted[]): Step[] {
  const steps: Step[] = []
  const here = new Map(held.map(copy => [copy.id, copy]))
  const known = new Map(wanted.map(table => [table.id, table]))
  for (const { id } of held) if (known.get(id)?.here !== true) steps.push({ kind: 'drop', id })
  for (const { id, here: shall, recorded } of wanted) {
    const copy = here.get(id)
    if (!shall) continue
    const state = copy?.active === true ? 'active' : 'loading'
    if (copy?.active !== true) steps.push({ kind: 'load', id })
    if (recorded !== state) steps.push({ kind: 'record', id, state })
  }
  return steps
}
