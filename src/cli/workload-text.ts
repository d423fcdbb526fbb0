import type { NodeStatus } from '../index.ts'
import { type Cell, columns, countText } from './format.ts'
import type { Paint } from './output.ts'

const heads = ['NODE', '>QUEUE', '>OLDEST', '>REFUSED', 'HEARS']
/** A queue that is older than this stands: calls are about to be refused. */
const strainedMs = 100
const worstScore = 8

/** True when calls wait for longer than a burst should make them, or the node hears others badly. */
export function isStrained({ queueAgeMs, healthScore }: NodeStatus): boolean {
  return queueAgeMs >= strainedMs || healthScore > 0
}

/** How the nodes keep up with what they are asked, one a line. */
export function workloadBlock(nodes: readonly NodeStatus[], paint: Paint): string {
  return columns(heads, nodes.map(workloadRow), paint)
}

function workloadRow({ name, state, queueLength, queueAgeMs, refused, healthScore }: NodeStatus): Cell[] {
  if (state === 'unreachable') return [name, ...heads.slice(1).map(() => '-')]
  const age = `${countText(queueAgeMs)} ms`
  return [
    name,
    countText(queueLength),
    queueAgeMs < strainedMs ? age : { text: age, colour: 'red' },
    countText(refused),
    healthScore === 0 ? 'well' : { text: `badly, ${healthScore} of ${worstScore}`, colour: 'yellow' },
  ]
}
