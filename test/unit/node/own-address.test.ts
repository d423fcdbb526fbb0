import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'
import { ownAddress } from '../../../src/node/own-address.ts'

const everywhere = { host: '0.0.0.0', port: 0 }
const addresses = Object.values(networkInterfaces()).flatMap(list => list ?? [])
const external = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address

describe('the address of a node that was not told its own', () => {
  it('is the one that it listens on', async () => {
    const bound = { host: '10.1.2.3', port: 0 }
    expect(await ownAddress({ listen: bound, gossip: everywhere, seeds: [] })).toBe('10.1.2.3')
    expect(await ownAddress({ listen: everywhere, gossip: bound, seeds: ['10.0.0.1:1'] })).toBe('10.1.2.3')
  })

  it('is the one that routes to a seed, though another seed does not resolve yet', async () => {
    const seeds = ['not-there-yet.invalid:7946', '127.0.0.1:7946', `${external ?? '127.0.0.1'}:7946`]
    expect(await ownAddress({ listen: everywhere, gossip: everywhere, seeds })).toBe(external ?? '127.0.0.1')
  })

  it('is one of this host when no seed leads anywhere', async () => {
    const seeds = ['not-there-yet.invalid:7946']
    expect(await ownAddress({ listen: everywhere, gossip: everywhere, seeds })).toBe(external ?? '127.0.0.1')
    expect(await ownAddress({ listen: everywhere, gossip: everywhere, seeds: [] })).toBe(
      external ?? '127.0.0.1',
    )
  })
})
