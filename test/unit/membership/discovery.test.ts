import { describe, expect, it } from 'vitest'
import { MnemeshError } from '../../../src/core/errors.ts'
import { type Lookup, parseSeed, Seeds, systemLookup } from '../../../src/membership/discovery.ts'
import { Joining } from '../../../src/membership/joining.ts'
import { RecordingLog } from '../../support/swim-cluster.ts'

const failing: Lookup = () => Promise.reject(new Error('ENOTFOUND'))

const seedsOf = (texts: readonly string[], lookup: Lookup = failing, refreshMs = 60_000) => {
  const log = new RecordingLog()
  const seeds = new Seeds(log, { lookup, refreshMs })
  seeds.add(texts)
  return { seeds, log }
}

describe('a seed', () => {
  it.each([
    ['10.0.0.1:7946', { kind: 'address', name: '10.0.0.1', port: 7946 }],
    ['node-1.example.com:1', { kind: 'host', name: 'node-1.example.com', port: 1 }],
    ['my_service:65535', { kind: 'host', name: 'my_service', port: 65535 }],
    ['dns:7946', { kind: 'host', name: 'dns', port: 7946 }],
    ['dns:nodes.default.svc:7946', { kind: 'dns', name: 'nodes.default.svc', port: 7946 }],
    ['dns:10.0.0.1:7946', { kind: 'address', name: '10.0.0.1', port: 7946 }],
  ])('is read from %j', (text, seed) => {
    expect(parseSeed(text)).toEqual(seed)
  })

  it.each(
    [
    '', 'host', 'host:', ':7946', 'host:0', 'host:65536', 'host:7946 ', 'host:-1', 'host:1e3', 'ho st:7946',
    '256.0.0.1:7946', '1.2.3:7946', '[::1]:7946', '::1:7946', 'http://host:7946', 'srv:host:7946', 'dns::7946', 'dns:host',
    `${'x'.repeat(254)}:7946`,
  ] /* biome-ignore format: one row reads better */,
  )('is refused from %j', text => {
    expect(() => parseSeed(text)).toThrow(MnemeshError)
    try {
      parseSeed(text)
    } catch (error) {
      expect(MnemeshError.is(error, 'ERR_INVALID_OPTION')).toBe(true)
      expect(String(error)).toContain(JSON.stringify(text).slice(0, 20))
    }
  })
})

describe('seeds', () => {
  it('that are addresses need no look-up', () => {
    const { seeds } = seedsOf(['10.0.0.1:1', 'dns:10.0.0.2:1', '10.0.0.1:1'])
    expect(seeds.hosts).toEqual(['10.0.0.1:1', '10.0.0.2:1'])
    expect(seeds.areResolved).toBe(true)
  })

  it('resolve to one address of a host, and to all of a dns name', async () => {
    const { seeds } = seedsOf(['host:1', 'dns:nodes:2'], async () => ['10.0.0.1', '10.0.0.2'])
    expect(seeds.areResolved).toBe(false)
    await seeds.refresh()
    expect(seeds.areResolved).toBe(true)
    expect(seeds.hosts).toEqual(['10.0.0.1:1', '10.0.0.1:2', '10.0.0.2:2'])
  })

  it('are none, or all, when one is not valid', () => {
    const { seeds } = seedsOf(['10.0.0.1:1'])
    expect(() => seeds.add(['10.0.0.2:1', 'nowhere'])).toThrow('nowhere')
    expect(seeds.hosts).toEqual(['10.0.0.1:1'])
  })

  it('that do not resolve are tried at every refresh and logged once until they do', async () => {
    let isUp = false
    const { seeds, log } = seedsOf(['host:1', 'empty:1'], async name => {
      if (name === 'empty') return []
      if (!isUp) throw new Error('ENOTFOUND')
      return ['10.0.0.1']
    })
    for (let i = 0; i < 3; i++) await seeds.refresh()
    expect(seeds.hosts).toEqual([])
    expect(log.lines).toHaveLength(2)
    expect(log.lines[0]).toMatchObject({ level: 'warn', fields: { seed: 'host:1' } })
    isUp = true
    await seeds.refresh()
    expect(seeds.hosts).toEqual(['10.0.0.1:1'])
    expect(seeds.areResolved).toBe(false)
  })

  it('keep the addresses they had when DNS goes away', async () => {
    let isUp = true
    const lookup = async () => {
      if (!isUp) throw new Error('ETIMEOUT')
      return ['10.0.0.1']
    }
    const { seeds, log } = seedsOf(['host:1'], lookup, 0)
    await seeds.refresh()
    isUp = false
    await seeds.refresh()
    expect(seeds.hosts).toEqual(['10.0.0.1:1'])
    expect(seeds.areResolved).toBe(true)
    expect(log.lines).toHaveLength(1)
  })

  it('follow a name to its new addresses, but are not looked up more often than told', async () => {
    const addresses = ['10.0.0.1']
    const often = seedsOf(['dns:nodes:1'], async () => [...addresses], 0).seeds
    const seldom = seedsOf(['dns:nodes:1'], async () => [...addresses], 60_000).seeds
    for (const seeds of [often, seldom]) await seeds.refresh()
    addresses[0] = '10.0.0.2'
    for (const seeds of [often, seldom]) await seeds.refresh()
    expect(often.hosts).toEqual(['10.0.0.2:1'])
    expect(seldom.hosts).toEqual(['10.0.0.1:1'])
  })

  it('are looked up once at a time', async () => {
    const answers: ((addresses: string[]) => void)[] = []
    const { seeds } = seedsOf(['host:1'], () => new Promise(resolve => answers.push(resolve)))
    const first = seeds.refresh()
    await seeds.refresh()
    expect(answers).toHaveLength(1)
    answers[0](['10.0.0.1'])
    await first
    expect(seeds.hosts).toEqual(['10.0.0.1:1'])
  })
})

describe('the look-up of the system', () => {
  it('knows localhost', async () => {
    expect(await systemLookup('localhost')).toEqual(['127.0.0.1'])
  })
})

describe('how many nodes seeds stand for', () => {
  const bearersOf = (seeds: Seeds) => new Joining('10.0.0.1:7946', { seeds, isLive: () => false }).bearers

  it('is as many as were ever found at once: a name that knows fewer by now has forgotten some', async () => {
    let found = ['10.0.0.1', '10.0.0.2', '10.0.0.3']
    const { seeds } = seedsOf(['dns:nodes:7946'], async () => found, 0)
    expect(bearersOf(seeds)).toEqual([''])
    await seeds.refresh()
    expect(bearersOf(seeds)).toEqual(['10.0.0.1:7946', '10.0.0.2:7946', '10.0.0.3:7946'])
    found = ['10.0.0.1']
    await seeds.refresh()
    expect(bearersOf(seeds)).toEqual(['10.0.0.1:7946', '', ''])
  })

  it('is at least what is expected, though a name knows only who has started', async () => {
    const options = { lookup: async () => ['10.0.0.1'], refreshMs: 60_000, expect: 3 }
    const seeds = new Seeds(new RecordingLog(), options)
    seeds.add(['dns:nodes:7946'])
    await seeds.refresh()
    expect(bearersOf(seeds)).toEqual(['10.0.0.1:7946', '', ''])
    expect(bearersOf(new Seeds(new RecordingLog(), { ...options, expect: 1 }))).toEqual([''])
  })
})
