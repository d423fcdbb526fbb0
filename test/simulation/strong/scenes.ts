import { Bench } from './bench.ts'
import type { StrongBug } from './bugs.ts'
import type { StrongCluster } from './strong-cluster.ts'
import type { StrongNode } from './strong-node.ts'

const three = ['a#1', 'b#1', 'c#1']
const five = ['s1#1', 's2#1', 's3#1', 's4#1', 's5#1']

/**
 * Courses of messages that seeds hardly meet, each with a law: gives what was broken, undefined where it held. Their
 * members have a log and nothing else, in which alone a defect is planted.
 */
export const strongScenes: Readonly<Record<string, (plant?: StrongBug['plant']) => string | undefined>> = {
  'figure 8': (plant = () => {}) => figure8(plant),
  'read at once': plant => {
    const { acknowledged, answer = acknowledged } = readAtOnce(plant)
    return answer < acknowledged ? `a read saw ${answer}, and ${acknowledged} was acknowledged` : undefined
  },
}

function planted(bench: Bench, plant: StrongBug['plant']): Bench {
  for (const consensus of bench.members.values())
    plant({ group: { consensus } } as unknown as StrongNode, undefined as unknown as StrongCluster)
  return bench
}

// Raft, figure 8: an entry of an old term that a majority has can still be replaced.
function figure8(plant: StrongBug['plant']): string | undefined {
  const bench = planted(new Bench(five, { maxEntries: 1 }), plant)
  const broken = 'what was decided was replaced'
  const [s1, s2, s3, s4, s5] = five
  // (a) s1 leads; the entry of its term reaches s2 only.
  bench.elect(s1, s2, s3)
  bench.deliver(({ from, to, message }) => from === s1 && to === s2 && message.type === 'append')
  // (b) s5 leads with s3 and s4, and its entry reaches nobody.
  bench.elect(s5, s3, s4)
  // (c) s1 leads again with s2 and s3, and brings the old entry to s3, but not the new one.
  bench.stepDown(s1)
  bench.elect(s1, s2, s3)
  const { term, log } = bench.at(s1).state
  const old = log.termAt(2)
  bench.deliver(({ from, to, message }) => {
    if (message.type === 'appendReply') return to === s1
    if (message.type !== 'append' || from !== s1 || ![s2, s3].includes(to)) return false
    if (to === s2) return true
    // What does not fit is refused, and tells s1 what s3 lacks.
    const fits = message.previousIndex <= bench.at(to).state.log.lastIndex
    return !fits || message.entries.every(entry => entry.term < term)
  })
  if (bench.at(s3).state.log.termAt(2) !== old) throw new Error('s3 has not the old entry: the scene is none')
  const decided = bench.commitOf(s1) >= 2
  // (d) s1 is gone; s5, whose last entry is newer than those of s3 and s4, leads and brings its own.
  bench.stepDown(s5)
  bench.elect(s5, s3, s4)
  try {
    bench.among(s5, s3, s4)
  } catch {
    return broken
  }
  return decided && bench.at(s3).state.log.termAt(2) !== old ? broken : undefined
}

/** What a read at a leader that was just elected is answered, and what had been acknowledged before it. */
export function readAtOnce(plant: StrongBug['plant'] = () => {}) {
  const bench = planted(new Bench(three), plant)
  const [a, b, c] = three
  bench.elect(a, b)
  bench.among(...three)
  const acknowledged = bench.propose(a, 'acknowledged') ?? 0
  // b has the entry, and is not told that it is decided.
  bench.deliver(({ to, message }) => to === b && message.type === 'append' && message.entries.length > 0)
  bench.deliver(({ from, to }) => from === b && to === a)
  if (bench.commitOf(a) !== acknowledged || bench.commitOf(b) >= acknowledged)
    throw new Error('b knows what is decided: the scene is none')
  bench.elect(b, c)
  bench.step(b, { kind: 'read', tag: 1 })
  bench.step(b, { kind: 'flush' })
  // c answers the round; what it would answer to entries is still on its way.
  bench.deliver(({ from, to, message }) => {
    if (message.type === 'append') return from === b && to === c
    return from === c && to === b && message.type === 'appendReply' && !message.ok
  })
  bench.among(b, c)
  return { bench, acknowledged, answer: bench.reads[0]?.index }
}
