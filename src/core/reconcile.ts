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
  readonly recorded: 'loading' | 'active' | 'leaving' | undefined
  /** True when the schema has an active copy of another process. */
  readonly elsewhere: boolean
}

export type Step =
  /** Begin with an empty copy: the table has just been created here. */
  | { readonly kind: 'begin'; readonly id: string }
  | { readonly kind: 'load'; readonly id: string }
  | { readonly kind: 'drop'; readonly id: string }
  /** Hand over what others do not have yet, then give the copy up. */
  | { readonly kind: 'leave'; readonly id: string }
  /** The others went on without this copy, loaded or not: begin anew, and bring back what only it had. */
  | { readonly kind: 'setAside'; readonly id: string }
  /** The schema has not, or not any more, what is true of this node's copy. */
  | { readonly kind: 'record'; readonly id: string; readonly state: 'loading' | 'active' }

/**
 * What this node must do so that it holds what the schema says. The same answer to the same question, so it may be
 * asked after every change: start, restart, drop and retry are one loop.
 */
export function reconcile(held: readonly Held[], wanted: readonly Wanted[]): Step[] {
  const here = new Map(held.map(copy => [copy.id, copy]))
  const known = new Map(wanted.map(table => [table.id, table]))
  const steps: Step[] = []
  for (const { id } of held) if (known.get(id)?.here !== true) steps.push({ kind: 'drop', id })
  for (const table of wanted) {
    const step = table.here ? stepOf(table, here.get(table.id)) : undefined
    if (step !== undefined) steps.push(step)
  }
  return steps
}

// Who is not in the copy set, or not yet, is waited for by nobody: it neither loads nor writes.
function stepOf({ id, recorded, elsewhere }: Wanted, copy: Held | undefined): Step | undefined {
  const isActive = copy?.active === true
  if (recorded === 'leaving') return { kind: 'leave', id }
  if (recorded === 'active') {
    if (isActive) return undefined
    if (copy !== undefined) return { kind: 'load', id }
    // Of a group that was formed anew from an older log: this copy is not there any more.
    return elsewhere ? { kind: 'record', id, state: 'loading' } : { kind: 'begin', id }
  }
  if (recorded === 'loading') return isActive ? { kind: 'record', id, state: 'active' } : { kind: 'load', id }
  // What one that was being loaded has, the others may have forgotten since; what was written to it, they may lack.
  if (copy !== undefined && elsewhere) return { kind: 'setAside', id }
  return { kind: 'record', id, state: isActive ? 'active' : 'loading' }
}
