import { describe, expect, it } from 'vitest'
import { noEpoch } from '../../../src/core/epoch.ts'
import type { MnemeshError } from '../../../src/core/errors.ts'
import { PeerLink, type PeerLinkParts } from '../../../src/replication/peer-link.ts'
import { World } from '../../simulation/support/world.ts'

const member = (name: string) => ({
  ...{ name, incarnation: 1, address: `${name}:7947`, gossip: '127.0.0.1:7946', zone: '', version: '1' },
})

/** A link to a peer that never says anything, in a process that can be busy: then no timer of it runs. */
function silentPeer() {
  const world = new World(1)
  const env = world.environment()
  let busyMs = 0
  const clock = { wall: env.clock.wall, monotonic: () => env.clock.monotonic() + busyMs }
  const closed: (MnemeshError | undefined)[] = []
  const dialer = {
    dial: () => ({
      send: () => true,
      close: (error?: MnemeshError) => closed.push(error),
    }),
  }
  const parts = { dialer, standing: { cluster: 'c', member: member('a') }, stamps: { g: 0, epoch: noEpoch } }
  const events = { opened() {}, frame() {}, drained() {}, closed() {} }
  const link = new PeerLink({ ...env, clock }, parts as unknown as PeerLinkParts, member('b'), 'main', events)
  return { world, link, closed, busyFor: (ms: number) => (busyMs += ms) }
}

describe('a link to a peer that says nothing', () => {
  it('ends after five seconds', async () => {
    const { world, closed } = silentPeer()
    await world.run(4900)
    expect(closed).toEqual([])
    await world.run(200)
    expect(closed[0]?.message).toBe('b sent nothing for 5000 ms')
  })

  it('does not end because this process was busy: what came meanwhile is not read yet', async () => {
    const { world, closed, busyFor } = silentPeer()
    for (let i = 0; i < 4; i++) {
      busyFor(6000)
      await world.run(1000)
    }
    expect(closed).toEqual([])
    await world.run(2000)
    expect(closed).not.toEqual([])
  })
})
