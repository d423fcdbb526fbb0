import { describe, expect, it } from 'vitest'
import type { Command, RowOperation } from '../../../src/coordination/state/commands.ts'
import { encodeKey } from '../../../src/core/key.ts'
import { World } from '../support/world.ts'
import { transaction } from './client-calls.ts'
import { within } from './recovery.ts'
import { majority } from './row-calls.ts'
import { StrongCluster } from './strong-cluster.ts'
import type { StrongNode } from './strong-node.ts'

const constants = {
  ...{ electionMs: 1000, heartbeatMs: 150, maxEntries: 64, maxInFlight: 256 },
  ...{ maxLogEntries: 200, chunkBytes: 4096, settledAfterMs: 30_000 },
}
const hourMs = 3_600_000

describe('rows whose time is over', () => {
  it.each([
    ['as they are', 0],
    ['that went back by an hour', -hourMs],
  ])('are gone from the memory of all members soon, with clocks %s', async (_, stepMs) => {
    const world = new World(1)
    const cluster = new StrongCluster(world, { nodes: 3, voters: 3, constants, clocks: [] }, { model: false })
    await cluster.boot()
    const leader = cluster.leader as StrongNode
    const done = (command: Command) => within(world, leader.submit(command, 5000), command.kind)
    await done({ kind: 'createTable', name: 'rows', definition: majority, generation: 0 })
    const row: RowOperation = {
      ...{ kind: 'set', table: 'rows', key: encodeKey('k'), value: Buffer.from([1]), by: 0 },
      ...{ lifetime: 300, condition: 'none' },
    }
    await done(transaction([], [row]))
    const sizes = () => cluster.living.map(({ state }) => state.table('rows')?.size)
    await world.until(() => sizes().every(size => size === 1), 1000, 'the row on all')
    for (const name of cluster.names) cluster.stepClock(name, 1000)
    await done({ kind: 'tick' })
    expect(leader.read('rows', 'k').version).toBe(0)
    expect(sizes()[cluster.living.indexOf(leader)]).toBe(1)
    for (const name of cluster.names) cluster.stepClock(name, stepMs)
    await world.until(() => sizes().every(size => size === 0), 1000, 'no row in any memory')
    expect(leader.isLeader).toBe(true)
  })
})
