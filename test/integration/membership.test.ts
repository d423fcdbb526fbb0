import { describe, expect } from 'vitest'
import { MnemeshError } from '../../src/core/errors.ts'
import { createKeyring } from '../../src/membership/keyring.ts'
import { profiles } from '../../src/membership/timings.ts'
import {
  afterTraffic,
  converged,
  eventually,
  it,
  namesIn,
  portOf,
  recordChanges,
  type SwimCluster,
  testSecret,
} from '../support/swim-cluster.ts'

const bindTo = (port: number) => ({ bind: { host: '127.0.0.1', port } })

describe.concurrent('nodes that share a seed', () => {
  it.for([1, 3, 5])('find each other (%i of them)', async (count, { cluster }) => {
    const nodes = await cluster.startMany(count)
    for (const node of nodes) expect(node.view.members).toHaveLength(count)
  })

  it('know what each says of itself', async ({ cluster }) => {
    const first = await cluster.start('first', {
      zone: 'zone-a',
      version: '1.0.0',
      address: 'first.example:7947',
    })
    const second = await cluster.start('second', {
      zone: 'zone-b',
      address: '[::1]:7948',
      seeds: [first.self.gossip],
    })
    await converged([first, second])
    expect(second.view.get('first')).toEqual({
      name: 'first',
      incarnation: first.self.incarnation,
      address: 'first.example:7947',
      gossip: first.self.gossip,
      zone: 'zone-a',
      version: '1.0.0',
    })
    expect(first.view.get('second')).toEqual(second.self)
  })

  it('are told apart by address as well as by port', async ({ cluster }) => {
    const first = await cluster.start('first', { bind: { host: '127.0.0.2', port: 0 } })
    const bind = { host: '127.0.0.3', port: portOf(first) }
    const second = await cluster.start('second', { bind, seeds: [first.self.gossip] })
    await converged([first, second])
    expect(second.self.gossip).toBe(`127.0.0.3:${portOf(first)}`)
  })

  it('find each other although the first datagrams are lost', async ({ cluster }) => {
    let lost = 0
    cluster.network.loses = () => lost++ < 12
    const nodes = await cluster.startMany(3)
    expect(nodes[2].view.members).toHaveLength(3)
  })

  it('find each other although one datagram in five is lost, and nobody is lost with it', async ({
    cluster,
  }) => {
    let passed = 0
    cluster.network.loses = () => passed++ % 5 === 0
    const nodes = await cluster.startMany(3)
    const { downs } = recordChanges(nodes)
    await afterTraffic(nodes, 100)
    expect(downs).toEqual([])
  })

  it('find each other when only the newcomer knows of the other', async ({ cluster }) => {
    const first = await cluster.start('first')
    const second = await cluster.start('second')
    expect(namesIn(second.view)).toEqual(['second'])
    second.join([first.self.gossip])
    await converged([first, second])
    expect(await second.joined(1000)).toBe(true)
  })

  it('merge when they started as islands', async ({ cluster }) => {
    const a = await cluster.start('a')
    const b = await cluster.start('b', { seeds: [a.self.gossip] })
    const c = await cluster.start('c')
    const d = await cluster.start('d', { seeds: [c.self.gossip] })
    await converged([a, b])
    await converged([c, d])
    d.join([b.self.gossip])
    await converged([a, b, c, d])
  })
})

describe.concurrent('a seed', () => {
  it('that does not answer delays no start, and is asked until it does', async ({ cluster }) => {
    const port = await freePort(cluster)
    const startedAt = performance.now()
    const early = await cluster.start('early', { seeds: [`127.0.0.1:${port}`] })
    expect(performance.now() - startedAt).toBeLessThan(5 * profiles.test.askTimeoutMs)
    expect(await early.joined(100)).toBe(false)
    expect(early.seeds).toEqual([undefined])
    const joined = early.joined(20_000)
    const late = await cluster.start('late', bindTo(port))
    expect(await joined).toBe(true)
    await converged([early, late])
    expect(early.seeds).toEqual([late.self])
  })

  it('may be the node itself', async ({ cluster }) => {
    const port = await freePort(cluster)
    const sent: string[] = []
    cluster.network.passed = (_datagram, _from, to) => sent.push(to)
    const node = await cluster.start('alone', { ...bindTo(port), seeds: [`127.0.0.1:${port}`] })
    expect(await node.joined(10_000)).toBe(true)
    expect(namesIn(node.view)).toEqual(['alone'])
    expect(sent).toEqual([])
  })

  it('may be the node itself under another address', async ({ cluster }) => {
    const port = await freePort(cluster)
    const bind = { host: '0.0.0.0', port }
    const seeds = [`127.0.0.2:${port}`]
    const node = await cluster.start('alone', { bind, advertiseHost: '127.0.0.1', seeds })
    expect(await node.joined(10_000)).toBe(true)
    expect(namesIn(node.view)).toEqual(['alone'])
    expect(node.seeds).toEqual([node.self])
  })

  it('may be a member under another address', async ({ cluster }) => {
    const first = await cluster.start('first', {
      bind: { host: '0.0.0.0', port: 0 },
      advertiseHost: '127.0.0.1',
    })
    const bind = { host: '0.0.0.0', port: 0 }
    const seeds = [`127.0.0.2:${portOf(first)}`]
    const second = await cluster.start('second', { bind, advertiseHost: '127.0.0.1', seeds })
    expect(await second.joined(10_000)).toBe(true)
    await converged([first, second])
    expect(second.seeds).toEqual([first.self])
  })

  it('may be a name with many addresses, the own among them, that appear one by one', async ({ cluster }) => {
    const port = await freePort(cluster)
    const addresses = ['127.0.0.3']
    const lookup = async () => addresses
    const timings = { ...profiles.test, syncIntervalMs: 100 }
    const start = (name: string, host: string) =>
      cluster.start(name, {
        bind: { host, port },
        seeds: [`dns:nodes:${port}`],
        lookup,
        timings,
        advertiseHost: host,
      })
    const third = await start('third', '127.0.0.3')
    expect(await third.joined(10_000)).toBe(true)
    const second = await start('second', '127.0.0.2')
    addresses.push('127.0.0.4')
    const fourth = await start('fourth', '127.0.0.4')
    await converged([second, third, fourth])
  })

  it('that does not resolve delays no start and is looked up again', async ({ cluster }) => {
    const first = await cluster.start('first')
    let tries = 0
    const lookup = async () => {
      if (tries++ < 3) throw new Error('ENOTFOUND')
      return ['127.0.0.1']
    }
    const second = await cluster.start('second', { seeds: [`first.example:${portOf(first)}`], lookup })
    await converged([first, second])
    expect(cluster.log.lines.filter(({ message }) => message === 'seed did not resolve')).toHaveLength(1)
  })

  it('whose look-up never ends delays no start for ever', async ({ cluster }) => {
    const node = await cluster.start('node', {
      seeds: ['slow.example:7946'],
      lookup: () => new Promise(() => {}),
    })
    expect(await node.joined(10)).toBe(false)
  })
})

describe.concurrent('a node that goes', () => {
  it('without a word is seen to be gone', async ({ cluster }) => {
    const [first, second, third] = await cluster.startMany(3)
    await cluster.kill(third)
    await converged([first, second])
  })

  it('without a word is seen to be gone by the only other one', async ({ cluster }) => {
    const [first, second] = await cluster.startMany(2)
    await cluster.kill(second)
    await converged([first])
  })

  it('without a word is seen to be gone however often it is pinged', async ({ cluster }) => {
    const [first, second] = await cluster.startMany(2, {
      timings: { ...profiles.test, suspectTimeoutMs: 1500 },
    })
    await cluster.kill(second)
    await converged([first])
  })

  it('in order is seen to be gone at once', async ({ cluster }) => {
    const nodes = await cluster.startMany(5)
    const [leaver, ...others] = nodes
    const startedAt = performance.now()
    void leaver.leave()
    await converged(others)
    expect(performance.now() - startedAt).toBeLessThan(profiles.test.suspectTimeoutMs)
  })

  it('in order is seen to be gone by who missed its words', async ({ cluster }) => {
    const [leaver, deaf, third] = await cluster.startMany(3)
    cluster.network.loses = (from, to) => from === leaver.self.gossip && to === deaf.self.gossip
    await leaver.leave()
    await converged([deaf, third])
  })

  it('may leave twice, and nothing comes after', async ({ cluster }) => {
    const [first, second] = await cluster.startMany(2)
    let changes = 0
    second.onChange(() => changes++)
    const leaving = second.leave()
    expect(second.leave()).toBe(leaving)
    await leaving
    second.join([first.self.gossip])
    await converged([first])
    expect(changes).toBe(0)
    expect(await second.joined(10_000)).toBe(true)
  })

  it('ends the wait for its seeds', async ({ cluster }) => {
    const node = await cluster.start('node', { seeds: ['127.0.0.1:9'] })
    const joined = node.joined(60_000)
    await node.leave()
    expect(await joined).toBe(false)
  })

  it('is forgotten after a while', async ({ cluster }) => {
    const timings = { ...profiles.test, reapMs: 500 }
    const [first, second] = await cluster.startMany(2, { timings })
    await cluster.kill(second)
    await converged([first])
    const sent: string[] = []
    cluster.network.passed = (_datagram, _from, to) => sent.push(to)
    await eventually(() => expect(sent).toContain(second.self.gossip))
    const third = await cluster.start('third', { seeds: [first.self.gossip], timings })
    await converged([first, third])
    await eventually(() => expect(sent.slice(-100).includes(second.self.gossip)).toBe(false))
  })
})

describe.concurrent('a node that comes back', () => {
  it('at its address before it was missed shows as the new process, with what that says of itself', async ({
    cluster,
  }) => {
    const [first, second, third] = await cluster.startMany(3)
    const { downs } = recordChanges([first, second])
    await cluster.kill(third)
    const seeds = [first.self.gossip]
    const again = await cluster.start('n3', {
      ...bindTo(portOf(third)),
      seeds,
      address: '127.0.0.1:9',
      zone: 'zone-2',
    })
    await converged([first, second, again])
    expect(again.self.incarnation).toBeGreaterThan(third.self.incarnation)
    expect(first.view.get('n3')?.zone).toBe('zone-2')
    expect(downs).toEqual([])
  })

  it('at its address before it was missed is found although it has no seeds', async ({ cluster }) => {
    const [first, second, third] = await cluster.startMany(3)
    await cluster.kill(first)
    const again = await cluster.start('n1', bindTo(portOf(first)))
    await converged([again, second, third])
  })

  it('at its address after it was lost shows as the new process', async ({ cluster }) => {
    const [first, second, third] = await cluster.startMany(3)
    await cluster.kill(third)
    await converged([first, second])
    const again = await cluster.start('n3', {
      ...bindTo(portOf(third)),
      seeds: [first.self.gossip],
      zone: 'zone-2',
    })
    await converged([first, second, again])
  })

  it('at its address after it was lost is found although it has no seeds', async ({ cluster }) => {
    const [first, second, third] = await cluster.startMany(3)
    await cluster.kill(first)
    await converged([second, third])
    const again = await cluster.start('n1', bindTo(portOf(first)))
    await converged([again, second, third])
  })

  it('at its address with a clock that was set back shows as the new process', async ({ cluster }) => {
    const [first, second, third] = await cluster.startMany(3)
    await cluster.kill(third)
    const incarnation = third.self.incarnation - 4096 * 3_600_000
    const again = await cluster.start('n3', {
      ...bindTo(portOf(third)),
      incarnation,
      seeds: [first.self.gossip],
    })
    await converged([first, second, again])
    let isReplaced = false
    again.onReplaced(() => {
      isReplaced = true
    })
    await afterTraffic([again], 20)
    expect(isReplaced).toBe(false)
  })

  it('at another address replaces the old process at once', async ({ cluster }) => {
    const [first, second, third] = await cluster.startMany(3)
    const { downs } = recordChanges([first, second])
    await cluster.kill(third)
    const again = await cluster.start('n3', { seeds: [first.self.gossip] })
    await converged([first, second, again])
    // Also once the old address has been given up.
    await afterTraffic([first, second], 60)
    await converged([first, second, again])
    expect(downs).toEqual([])
  })

  it('at the address of another name takes its place', async ({ cluster }) => {
    const [first, second, third] = await cluster.startMany(3)
    await cluster.kill(third)
    const other = await cluster.start('other', { ...bindTo(portOf(third)), seeds: [first.self.gossip] })
    await converged([first, second, other])
  })

  it('after leaving in order is seen at once, and may have another address', async ({ cluster }) => {
    const [first, second, third] = await cluster.startMany(3)
    await third.leave()
    const startedAt = performance.now()
    const again = await cluster.start('n3', { seeds: [first.self.gossip] })
    expect(performance.now() - startedAt).toBeLessThan(profiles.test.askTimeoutMs)
    await converged([first, second, again])
  })
})

describe.concurrent('a gossip address', () => {
  it('in use is refused, with a way out', async ({ cluster }) => {
    const first = await cluster.start('first')
    const error = await cluster.start('second', bindTo(portOf(first))).catch(error => error)
    expect(MnemeshError.is(error, 'ERR_ADDRESS_IN_USE')).toBe(true)
    expect(error.message).toContain(first.self.gossip)
    expect(error.message).toContain('choose another port')
  })

  it('that is none of this host is refused', async ({ cluster }) => {
    const starting = cluster.start('node', { bind: { host: '192.0.2.1', port: 0 } })
    await expect(starting).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
  })

  it('may be advertised by a name', async ({ cluster }) => {
    const lookup = async () => ['127.0.0.1']
    const node = await cluster.start('node', { advertiseHost: 'node.example', lookup })
    expect(node.self.gossip).toBe(`127.0.0.1:${portOf(node)}`)
  })

  it.for([
    '',
    '0.0.0.0',
    'nowhere.invalid',
    '::1',
  ])('is refused when advertised as %j', async (advertiseHost, { cluster }) => {
    const lookup = () => Promise.reject(new Error('ENOTFOUND'))
    const starting = cluster.start('node', { advertiseHost, lookup })
    await expect(starting).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
  })
})

describe.concurrent('what a node says of itself', () => {
  it.for([
    ['name', { name: 'no spaces' }],
    ['incarnation', { incarnation: -1 }],
    ['address', { address: 'nowhere' }],
    ['zone', { zone: 'z'.repeat(65) }],
    ['version', { version: 'v\n' }],
    ['seed', { seeds: ['nowhere'] }],
  ] as const)('is refused for its %s', async ([field, options], { cluster }) => {
    const error = await cluster.start('node', options).catch(error => error)
    expect(MnemeshError.is(error, 'ERR_INVALID_OPTION')).toBe(true)
    expect(error.message).toContain(field)
  })
})

describe.concurrent('the secret', () => {
  it('keeps strangers out, and both sides can tell', async ({ cluster }) => {
    const first = await cluster.start('first')
    const stranger = await cluster.start('stranger', {
      seeds: [first.self.gossip],
      sealer: createKeyring(['another secret of 16']),
    })
    await eventually(() => expect(first.stats.rejected).toBeGreaterThan(5))
    expect(namesIn(first.view)).toEqual(['first'])
    expect(namesIn(stranger.view)).toEqual(['stranger'])
    expect(await stranger.joined(10)).toBe(false)
    expect(
      cluster.log.lines.filter(({ message }) => message.startsWith('datagram was dropped')),
    ).toHaveLength(1)
  })

  it('keeps out who has none, and is kept out by who has none', async ({ cluster }) => {
    const first = await cluster.start('first')
    const open = await cluster.start('open', { seeds: [first.self.gossip], sealer: createKeyring([]) })
    first.join([open.self.gossip])
    await eventually(() => {
      expect(first.stats.rejected).toBeGreaterThan(3)
      expect(open.stats.rejected).toBeGreaterThan(3)
    })
    expect(namesIn(first.view)).toEqual(['first'])
    expect(namesIn(open.view)).toEqual(['open'])
  })

  it('is not needed', async ({ cluster }) => {
    const nodes = await cluster.startMany(3, { sealer: createKeyring([]) })
    expect(nodes[0].view.members).toHaveLength(3)
  })

  it('leaves nothing readable on the wire', async ({ cluster }) => {
    const wire: string[] = []
    cluster.network.passed = datagram => wire.push(Buffer.from(datagram).toString('latin1'))
    await cluster.startMany(3, { zone: 'zone-in-the-clear' })
    expect(wire.length).toBeGreaterThan(5)
    expect(wire.join()).not.toMatch(/zone-in-the-clear|127\.0\.0\.1|incarnation/)
  })

  it('changes in steps while nobody is lost', async ({ cluster }) => {
    const [oldFirst, newFirst] = [
      [testSecret, 'the secret of tomorrow'],
      ['the secret of tomorrow', testSecret],
    ]
    const first = await cluster.start('n1', { sealer: createKeyring(oldFirst) })
    const seeds = [first.self.gossip]
    const second = await cluster.start('n2', { sealer: createKeyring(newFirst), seeds })
    const third = await cluster.start('n3', { sealer: createKeyring(oldFirst), seeds })
    const nodes = [first, second, third]
    await converged(nodes)
    const { downs } = recordChanges(nodes)
    await afterTraffic(nodes, 60)
    expect(downs).toEqual([])
    expect(nodes.map(({ stats }) => stats.rejected)).toEqual([0, 0, 0])
  })
})

async function freePort(cluster: SwimCluster): Promise<number> {
  const node = await cluster.start('placeholder')
  await node.leave()
  return portOf(node)
}
