import { expect, it } from 'vitest'
import { memberId } from '../../src/membership/view.ts'
import { eachReplica, replace } from './support/plant.ts'
import { cluster, done, nodesOf, split, tableOf } from './support/scenario.ts'

it.each([
  1, 2, 3,
])('a clear that comes to one side during a comparison is had by both after it (default suite, seeds 20, 50 and 51; SEED=%i)', async seed => {
  const sim = await cluster(seed)
  const [a, b, c] = nodesOf(sim)
  const id = a.engine.catalog.get('t')?.id ?? ''
  const clearOf = (node: typeof a) => node.engine.copies.get(id)?.copy.clearVersion.h
  await done(sim, tableOf(b).set('old', 1, { ack: 'all' }))
  split(sim, ['a', 'b'], ['c'])
  await done(sim, tableOf(b).set('old', 2, { ack: 'one' }))
  await done(sim, tableOf(b).set('k', 1, { ack: 'one' }))
  const written = b.engine.hybrid.last
  await sim.world.run(4000)
  let cleared: Promise<void> | undefined
  for (const [node, other] of [
    [a, c],
    [c, a],
  ])
    eachReplica(node, replica => {
      if (replica.node !== other.name) return
      replace(replica, 'versions', versions => async (of, buckets, call) => {
        cleared ??= tableOf(b).clear({ ack: 'one' })
        await cleared
        return versions(of, buckets, call)
      })
    })
  // What b says does not reach c: it learns from a what it missed.
  sim.heal('a', 'c')
  const had = () => c.engine.coverage.before(id).vector.get(memberId(b.member)) ?? 0
  await sim.world.until(() => had() >= written, 20_000, 'c says that it has what b wrote')
  expect(clearOf(a)).toBeGreaterThan(written)
  expect(clearOf(c)).toBe(clearOf(a))
  expect(tableOf(c).peek('old')).toBeUndefined()
})

it('that fails is tried again once a second, however many asked for one meanwhile', async () => {
  const sim = await cluster(4)
  const [a, b] = nodesOf(sim)
  let asked = 0
  eachReplica(a, replica =>
    replace(replica, 'roots', roots => async (...args) => {
      if (replica.node !== b.name) return roots(...args)
      asked++
      throw new Error('busy')
    }),
  )
  for (let i = 0; i < 30; i++) {
    a.engine.repairer.schedule(b.name)
    await sim.world.run(1000)
  }
  expect(asked).toBeGreaterThan(30)
  expect(asked).toBeLessThan(70)
})
