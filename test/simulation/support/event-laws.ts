import type { ClusterEvent } from '../../../src/core/events.ts'
import type { SimNode } from './sim-cluster.ts'

/** What one of them said had begun and has not said is over, or must never say; undefined when its events make sense. */
export function openEvent(nodes: Iterable<SimNode>): string | undefined {
  for (const node of nodes) {
    const open = openOf(node)
    if (open !== undefined) return open
  }
  return undefined
}

function openOf({ name, engine }: SimNode): string | undefined {
  const open = new Map<string, ClusterEvent>()
  for (const event of engine.events.recent()) {
    switch (event.type) {
      case 'copy-loading':
        open.set(`copy of ${event.table}`, event)
        break
      case 'copy-active':
      case 'copy-dropped':
      case 'expelled':
        open.delete(`copy of ${event.table}`)
        break
      case 'partition-suspected':
        open.set('partition', event)
        break
      case 'partition-healed':
        open.delete('partition')
        break
      case 'strong-quorum-lost':
        open.set('quorum', event)
        break
      case 'strong-quorum-regained':
        open.delete('quorum')
        break
      case 'invariant-violation':
        return `${name}: ${JSON.stringify(event)}`
    }
  }
  const [first] = open.values()
  return first === undefined ? undefined : `${name} did not say that this is over: ${JSON.stringify(first)}`
}
