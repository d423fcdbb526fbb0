import { show } from './duration.ts'
import { MnemeshError } from './errors.ts'
import type { Key } from './key.ts'
import { mergeFunctionOf, type TableDefinition } from './schema.ts'

/**
 * Makes one value of what the majority has under a key and of what the smaller side of a split wrote there; undefined
 * stands for nothing, and is what deletes. At once, not as a promise; called again where somebody writes meanwhile.
 */
export type MergeFunction = (current: unknown, aside: unknown, key: Key) => unknown

/** By the name that tables give in `onMerge`. */
export type MergeFunctions = Readonly<Record<string, MergeFunction>>

/** Throws ERR_INVALID_OPTION for a table that merges by a function which this node does not have. */
export function checkMergeFunction(functions: MergeFunctions, { onMerge }: TableDefinition): void {
  const name = mergeFunctionOf(onMerge)
  if (name === undefined || Object.hasOwn(functions, name)) return
  const known = Object.keys(functions)
  throw new MnemeshError(
    'ERR_INVALID_OPTION',
    `table option onMerge: ${show(name)} is no rule, and this node has no merge function of that name (it has ` +
      `${known.length === 0 ? 'none' : known.join(', ')}); give every node createNode({ mergeFunctions: { ... } }), or use ` +
      "'newest', 'majority' or 'reload'",
  )
}
