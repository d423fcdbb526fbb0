import type { Row } from '../../../src/core/entry.ts'
import { ownRow } from '../../../src/core/operation.ts'
import { nodeOf } from '../../../src/membership/view.ts'
import type { StampVector } from '../../../src/replication/copy-coverage.ts'
import { eachReplica, type Plant, replace } from './plant.ts'
import { done, nodesOf, rowsOf, split, tableOf, untilEqual } from './scenario.ts'
import { restartWhileOneKnows } from './scenes-counters.ts'
import { functionOnce, noMajority, notLeaderFirst } from './scenes-policies.ts'
import { SimCluster, type SimNode } from './sim-cluster.ts'
import { World } from './world.ts'

/**
 * Courses of events that seeds hardly meet, each with a law: resolves with what was broken, undefined where it held.
 * Deletions are kept for no time at all here, since that is what would hide what is shown (D-12).
 */
export const scenes: Readonly<Record<string, (plant?: Plant) => Promise<string | undefined>>> = {
  'late page': latePage,
  'late row': lateRow,
  'copy without one holder': withoutOneHolder,
  'told to one only': toldToOne,
  'late stranger': lateStranger,
  'touch and delete': touchAndDelete,
  'two codecs': twoCodecs,
  'no majority': noMajority,
  'function once': functionOnce,
  'not the leader first': notLeaderFirst,
  'empty table': emptyTable,
  'restart while one knows': restartWhileOneKnows,
}

async function begin(seed: number, plant: Plant, expelAfterMs = 3_600_000): Promise<SimCluster> {
  const sim = new SimCluster(new World(seed))
  sim.tombstoneGraceMs = 0
  sim.expelAfterMs = expelAfterMs
  sim.onStart = plant
  await sim.boot(['a', 'b', 'c'], { all: {}, t: { copies: ['a', 'b'] } })
  return sim
}

const heldBy = (node: SimNode) => node.engine.copies.get(node.engine.catalog.get('t')?.id ?? '')

// A process that is gone has told one of the others only: no floor may pass what it said before they have told each
// other (noSeal).
async function toldToOne(plant: Plant = () => {}): Promise<string | undefined> {
  const sim = await begin(4, plant, 1500)
  const [a, b, c] = nodesOf(sim)
  const release = holdRoots([a, b])
  sim.network.cut('c', 'b')
  await done(sim, tableOf(c, 'all').set('k', 1, { ack: 'local' }))
  const stamp = c.engine.hybrid.last
  await sim.world.until(() => tableOf(a, 'all').peek('k') === 1, 1000, 'a has it')
  sim.crash('c')
  await sim.world.run(10_000)
  return passedBy(b, stamp) ?? differsAfter(sim, release)
}

// One that the others went on without, and that hears nothing of it, tells one of them what it writes: no floor waits for
// it any more (foreignOrigin).
async function lateStranger(plant: Plant = () => {}): Promise<string | undefined> {
  const sim = await begin(5, plant, 300)
  const [a, b, c] = nodesOf(sim)
  for (const [from, to] of ['ac', 'bc', 'cb']) sim.network.cut(from, to)
  const isOut = () => a.engine.catalog.get('all')?.copies.get('c')?.state === 'wanted'
  await sim.world.until(isOut, 1400, 'the others go on without c')
  await sim.world.run(200)
  const release = holdRoots([a, b])
  await done(sim, tableOf(c, 'all').set('k', 1, { ack: 'local' }))
  const stamp = c.engine.hybrid.last
  await sim.world.run(4000)
  const isTaken = tableOf(a, 'all').peek('k') === 1
  return (isTaken ? passedBy(b, stamp) : undefined) ?? differsAfter(sim, release)
}

// What one side of a split deletes stays deleted, however often the other side has moved its end since (touchIsWrite).
async function touchAndDelete(plant: Plant = () => {}): Promise<string | undefined> {
  const sim = await begin(6, plant)
  const [a, b] = nodesOf(sim)
  await done(sim, tableOf(a, 'all').set('k', 1, { ttl: '5m', ack: 'all' }))
  split(sim, ['a'], ['b', 'c'])
  await done(sim, tableOf(b, 'all').delete('k', { ack: 'local' }))
  await sim.world.run(100)
  await done(sim, tableOf(a, 'all').touch('k', '10m', { ack: 'local' }))
  sim.heal()
  await untilEqual(sim, 'all')
  const left = nodesOf(sim).find(node => tableOf(node, 'all').peek('k') !== undefined)
  return left === undefined ? undefined : `${left.name} has what was deleted and only touched elsewhere`
}

// Two islands have given one name to tables of two codecs: what one writes is never read as the other one's (kindsMixed).
async function twoCodecs(plant: Plant = () => {}): Promise<string | undefined> {
  const sides = await twoIslands(plant, true)
  const has = sides.find(node => rowsOf(node).some(row => row.includes(' 01')))
  if (has !== undefined) return `${has.name} has a row of another codec`
  return sides[1].dumps.length === 1 ? undefined : 'the row that had no place is nowhere'
}

// A table without rows counts as none where two groups become one: those of the other one keep theirs (emptyCounts).
async function emptyTable(plant: Plant = () => {}): Promise<string | undefined> {
  const sides = await twoIslands(plant, false)
  const lacks = sides.find(node => tableOf(node).peek('k') !== 1)
  return lacks === undefined
    ? undefined
    : `${lacks.name} lacks what was in the only table of that name with rows`
}

// Of two codecs, and no copy of the survivor's has rows unless told so; what the other one has is a 1.
async function twoIslands(plant: Plant, isUsed: boolean): Promise<readonly SimNode[]> {
  const sim = new SimCluster(new World(7))
  sim.onStart = plant
  sim.seedsOf = name => [name]
  split(sim, ['a'], ['b'])
  const [a, b] = ['a', 'b'].map(name => sim.start(name))
  const sides = [a, b]
  await sim.world.until(() => sides.every(({ engine }) => engine.standing.ready), 20_000, 'ready')
  await done(sim, a.create('own', { majority: true }))
  await done(sim, tableOf(a, 'own').set('k', 1))
  await done(sim, a.create('t', { codec: 'bytes' }))
  await done(sim, b.create('t'))
  await sim.world.until(() => sides.every(node => node.hasTable('t')), 10_000, 'the tables')
  if (isUsed) await done(sim, a.table('t').set('mine', Buffer.from([2])))
  await done(sim, tableOf(b).set('k', 1))
  sim.heal()
  const group = a.engine.strong.status.id
  await sim.world.until(() => b.engine.strong.status.id === group && b.hasTable('t'), 30_000, 'one group')
  await sim.world.run(5000)
  await untilEqual(sim)
  return sides
}

// A floor below which all have all, on a node that has none of it.
function passedBy(node: SimNode, stamp: number): string | undefined {
  const { copies, catalog } = node.engine
  const floor = copies.get(catalog.get('all')?.id ?? '')?.copy.floor ?? 0
  if (floor < stamp || rowsOf(node, 'all').length > 0) return undefined
  return `the floor ${floor} of ${node.name} is above what it lacks, written at ${stamp}`
}

async function differsAfter(sim: SimCluster, release: () => void): Promise<string | undefined> {
  release()
  sim.heal()
  await untilEqual(sim, 'all')
  return undefined
}

// These compare nothing with others until what is given is called.
function holdRoots(nodes: readonly SimNode[]): () => void {
  let isHeld = true
  for (const node of nodes)
    eachReplica(node, replica =>
      replace(replica, 'roots', roots => async (...args) => {
        if (isHeld) throw new Error('busy')
        return roots(...args)
      }),
    )
  return () => {
    isHeld = false
  }
}

// A page that the source read before it heard of a deletion comes after the holders could forget that one: what a member
// said of itself before it was of the copy set must not count (epochMix).
async function latePage(plant: Plant = () => {}): Promise<string | undefined> {
  const sim = await begin(1, plant)
  const { world } = sim
  const [a, b, c] = nodesOf(sim)
  await done(sim, tableOf(a).set('k', 1, { ack: 'all' }))
  await world.run(3000)
  let isHeld = true
  const held: (() => void)[] = []
  const released = () => (isHeld ? new Promise<void>(resolve => held.push(resolve)) : undefined)
  eachReplica(c, replica => {
    replace(replica, 'roots', roots => async (tables, epoch, call) => {
      await released()
      return roots(tables, epoch, call)
    })
    replace(replica, 'page', page => async (table, request, call) => {
      if (replica.node === 'a' && isHeld) throw new Error('busy')
      const answer = await page(table, request, call)
      await released()
      return answer
    })
  })
  sim.network.cut('a', 'b')
  await done(sim, tableOf(a).delete('k', { ack: 'local' }))
  const adding = b.engine.changes.addCopy('t', 'c')
  adding.catch(() => {})
  await world.run(1000)
  sim.heal()
  await world.run(6000)
  isHeld = false
  for (const release of held) release()
  await world.until(() => heldBy(c)?.active === true, 30_000, 'c active')
  await world.run(3000)
  for (const node of [a, b, c])
    if (tableOf(node).peek('k') !== undefined) return `${node.name} has what was deleted: ${rowsOf(node)}`
  return undefined
}

// A row that was under way for very long reaches a copy that has forgotten its deletion (noFloor).
async function lateRow(plant: Plant = () => {}): Promise<string | undefined> {
  const sim = await begin(3, plant)
  const [a, b] = nodesOf(sim)
  const late: Row[] = []
  await done(sim, tableOf(a).set('k', 1, { ack: 'all' }))
  for (let cursor = 0; late.length === 0; )
    cursor = heldBy(a)?.copy.scan(cursor, row => void late.push(ownRow(row))) ?? 0
  await done(sim, tableOf(b).delete('k', { ack: 'all' }))
  await sim.world.until(() => rowsOf(a).length + rowsOf(b).length === 0, 30_000, 'the deletion is forgotten')
  const [row] = late
  row.origin = b.engine.origins.indexOf(a.engine.origins.nameOf(row.origin))
  heldBy(b)?.copy.merge(row)
  await sim.world.run(3000)
  return tableOf(b).peek('k') === undefined ? undefined : `${b.name} has what was deleted: ${rowsOf(b)}`
}

// A source whose schema is older than that of the new copy does not know of one more holder, who is out of reach: nobody
// may say that the new copy has all of that one (snapFloor).
async function withoutOneHolder(plant: Plant = () => {}): Promise<string | undefined> {
  const sim = await begin(2, plant)
  const { world } = sim
  const [a, , c] = nodesOf(sim)
  for (let i = 0; i < 20; i++) await done(sim, tableOf(a).set(`k${i}`, i, { ack: 'all' }))
  await world.until(() => (heldBy(a)?.copy.floor ?? 0) > 0, 10_000, 'a floor')
  split(sim, ['b'], ['a', 'c'])
  await world.run(4000)
  const without = (vector: StampVector) => new Map([...vector].filter(([member]) => nodeOf(member) !== 'b'))
  replace(c.engine.coverage, 'compared', compared => had => compared({ ...had, vector: without(had.vector) }))
  a.engine.changes.addCopy('t', 'c').catch(() => {})
  await world.until(() => heldBy(c)?.active === true, 30_000, 'c active')
  const floor = heldBy(c)?.copy.floor ?? 0
  const level = c.engine.coverage.level(c.engine.catalog.get('t')?.id ?? '')
  if (floor > level)
    return `the new copy says that all have all up to ${floor}, and has it itself up to ${level}`
  sim.heal()
  await untilEqual(sim)
  return undefined
}
