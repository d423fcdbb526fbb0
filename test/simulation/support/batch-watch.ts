import { isNewer, Row } from '../../../src/core/entry.ts'
import { encodeKey } from '../../../src/core/key.ts'
import type { TableCopy } from '../../../src/storage/table.ts'
import type { SimNode } from './sim-cluster.ts'

/** Keys that are only ever written together, by `setMany` with `atomic`. */
export const batchKeys = ['b0', 'b1', 'b2', 'b3', 'b4']
const encoded = batchKeys.map(key => encodeKey(key))
const texts = new Set(encoded.map(key => key.toString('latin1')))

/**
 * The law of atomic batches: when a frame of a stream has been applied that had any of one, all of it has, so that no
 * reader of the copy sees a part. What repairs and loads bring may come in parts, and what a member brings back that it
 * had set aside.
 */
export function watchBatches(
  node: SimNode,
  parts: { readonly bringsBack: (member: string) => boolean; readonly violated: (what: string) => void },
): void {
  const { bringsBack, violated } = parts
  const { copies, inbox, origins } = node.engine
  const found = new Row()
  let seen: { copy: TableCopy; h: number; origin: number; flags: number }[] | undefined

  const add = copies.add.bind(copies)
  copies.add = (copy, generation, active) => {
    copy.listen({
      applied: row => {
        if (seen === undefined || !isBatchKey(row)) return
        seen.push({ copy, h: row.h, origin: row.origin, flags: row.flags })
      },
      expired: () => {},
      cleared: () => {},
      gone: () => {},
    })
    return add(copy, generation, active)
  }

  const apply = inbox.apply.bind(inbox)
  inbox.apply = (member, head, body) => {
    seen = []
    const sequence = apply(member, head, body)
    for (const part of bringsBack(member) ? [] : seen) {
      for (const key of encoded) {
        const { copy } = part
        const there = copy.read(copy.hashOf(key, 0, key.length), key, 0, key.length, found)
        const has = there && !isNewer(origins, part, found)
        if (!has && isNewer(origins, part, copy.clearVersion))
          violated(`${node.name} has a part of an atomic setMany of ${member}, without ${key.toString()}`)
      }
    }
    seen = undefined
    return sequence
  }
}

function isBatchKey({ keyBytes, keyStart, keyLength }: Row): boolean {
  return texts.has(keyBytes.toString('latin1', keyStart, keyStart + keyLength))
}
