import type { WriteCall } from './checkers/history.ts'
import type { Contents } from './checkers/rows.ts'
import type { HarmedNode } from './harmed.ts'

/** What a defect of the product would leave behind, done behind the back of the workload: the checkers must see it. */
export const plants = ['lost', 'risen'] as const
export type Plant = (typeof plants)[number]

/** Takes an acknowledged row away, or brings a deleted one back. False when there is none to do it to yet. */
export async function plant(
  defect: Plant,
  calls: readonly WriteCall[],
  { node, contents }: { readonly node: HarmedNode; readonly contents: Contents },
): Promise<boolean> {
  const options = { ack: 'all' } as const
  for (const { operation, outcome } of calls) {
    const { table: name, keys, value } = operation
    const [key] = keys
    if (outcome !== 'ok' || key === undefined || name !== 'rows') continue
    const table = node.client.existing<string, number>(name)
    const isThere = contents.get(name)?.has(key) === true
    if (defect === 'lost' && isThere) return table.delete(key, options)
    if (defect === 'risen' && !isThere && value !== undefined) return table.set(key, value, options)
  }
  return false
}
