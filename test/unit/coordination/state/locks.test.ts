import { describe, expect, it } from 'vitest'
import type { AcquireLock, Result } from '../../../../src/coordination/state/commands.ts'
import { LockTable, maxWaiters } from '../../../../src/coordination/state/locks.ts'
import { Machine } from './machine.ts'

/** Two members, whose requests are numbered as they come. */
function locking() {
  const machine = Machine.ready()
  let sequence = 0
  const acquire = (member: string, more: Partial<AcquireLock> = {}) => {
    const command = {
      kind: 'acquire',
      lock: 'l',
      mode: 'exclusive',
      permits: 1,
      wait: true,
      ttlMs: 500,
    } as const
    const result = machine.run(
      { ...command, ...more },
      { session: machine.sessionOf(member), sequence: ++sequence },
    )
    return { result, request: sequence, session: machine.sessionOf(member) }
  }
  const release = (held: { session: string; request: number }) =>
    machine.run({ kind: 'release', lock: 'l', session: held.session, request: held.request })
  const holders = () => machine.state.locks.get('l')?.holders.map(({ request }) => request) ?? []
  return { machine, acquire, release, holders }
}

const tokenOf = (result: Result | undefined) => (result?.status === 'granted' ? result.token : undefined)

describe('a lock', () => {
  it('is granted at once when it is free, under the index of the entry', () => {
    const { machine, acquire } = locking()
    expect(acquire('a#1').result).toEqual({
      ...{ status: 'granted', index: machine.index },
      token: { generation: 0, index: machine.index },
    })
  })

  it('goes to those who wait in the order in which they came, with a higher token each time', () => {
    const { machine, acquire, release, holders } = locking()
    const requests = ['a#1', 'b#1', 'a#1', 'b#1'].map(member => acquire(member))
    expect(requests.map(({ result }) => result.status)).toEqual(['granted', 'queued', 'queued', 'queued'])
    const tokens = [tokenOf(requests[0].result)?.index]
    for (const [i, request] of requests.entries()) {
      expect(holders()).toEqual([request.request])
      release(request)
      const next = requests[i + 1]
      if (next !== undefined) tokens.push(tokenOf(machine.state.resultOf(next.session, next.request))?.index)
    }
    expect(tokens).toEqual([...tokens].sort((a, b) => (a ?? 0) - (b ?? 0)))
    expect(new Set(tokens).size).toBe(4)
    expect(machine.events.filter(([name]) => name === 'granted')).toHaveLength(3)
    expect(machine.state.locks.size).toBe(0)
  })

  it('is refused, not queued, where the caller does not wait', () => {
    const { acquire } = locking()
    acquire('a#1')
    expect(acquire('b#1', { wait: false }).result.status).toBe('held')
    expect(acquire('b#1', { wait: false, mode: 'shared' }).result.status).toBe('held')
  })

  it('is acquired once by a request that comes twice, and remembers the grant that came later', () => {
    const { machine, acquire, release } = locking()
    const first = acquire('a#1')
    const second = acquire('b#1')
    const again = () =>
      machine.run(
        { kind: 'acquire', lock: 'l', mode: 'exclusive', permits: 1, wait: true, ttlMs: 500 },
        { session: second.session, sequence: second.request },
      )
    expect(again().status).toBe('queued')
    release(first)
    expect(again()).toMatchObject({ status: 'granted', index: machine.index - 1 })
    expect(machine.state.locks.get('l')).toMatchObject({ queue: [], holders: [{ request: second.request }] })
  })

  it('passes over a waiter that gave up', () => {
    const { acquire, release, holders } = locking()
    const [first, second, third] = ['a#1', 'a#1', 'b#1'].map(member => acquire(member))
    expect(release(second)).toMatchObject({ outcomes: [{ applied: true }] })
    expect(release(second)).toMatchObject({ outcomes: [{ applied: false }] })
    release(first)
    expect(holders()).toEqual([third.request])
  })

  it('is free again when its holder’s session ends, and goes to the next by an entry of its own', () => {
    const { machine, acquire, holders } = locking()
    acquire('a#1')
    const waiting = acquire('b#1')
    acquire('a#1')
    machine.members(['b#1'])
    expect([holders(), machine.state.locks.grantable()]).toEqual([[], ['l']])
    machine.run({ kind: 'grant', lock: 'l' })
    expect([holders(), machine.state.locks.grantable()]).toEqual([[waiting.request], []])
    expect(machine.state.locks.get('l')?.queue).toEqual([])
  })

  it('needs a session', () => {
    const { machine } = locking()
    const command = { kind: 'acquire', lock: 'l', mode: 'shared', permits: 1, wait: true, ttlMs: 1 } as const
    expect(machine.run(command)).toMatchObject({ status: 'refused', code: 'ERR_INVALID_ARGUMENT' })
  })

  it('has a bounded queue', () => {
    const locks = new LockTable(() => {})
    const ask = (sequence: number) =>
      locks.acquire(
        { session: 's@1', sequence },
        { kind: 'acquire', lock: 'l', mode: 'exclusive', permits: 1, wait: true, ttlMs: 1 },
        { generation: 0, index: sequence },
      )
    for (let i = 0; i <= maxWaiters; i++) ask(i)
    expect(() => ask(9999)).toThrow('1024 requests wait for lock l')
    locks.endSession('s@1')
    expect([locks.size, locks.fingerprint.low, locks.fingerprint.high]).toEqual([0, 0, 0])
  })

  it('tells the leader of every lease', () => {
    const { machine, acquire } = locking()
    const held = acquire('a#1', { ttlMs: 1234 })
    const { session, request } = held
    expect(machine.state.locks.leases()).toEqual([
      { lock: 'l', session, request, mode: 'exclusive', ttlMs: 1234, token: tokenOf(held.result) },
    ])
  })
})

describe('a shared lock', () => {
  it('is held by many at once, and by none beside an exclusive holder', () => {
    const { acquire, release, holders } = locking()
    const shared = [acquire('a#1', { mode: 'shared' }), acquire('b#1', { mode: 'shared' })]
    const writer = acquire('a#1')
    expect(holders()).toHaveLength(2)
    for (const held of shared) release(held)
    expect(holders()).toEqual([writer.request])
  })

  it('waits behind a writer that waits, so that writers come to their turn', () => {
    const { machine, acquire, release, holders } = locking()
    const reader = acquire('a#1', { mode: 'shared' })
    const writer = acquire('b#1')
    const later = [acquire('a#1', { mode: 'shared' }), acquire('b#1', { mode: 'shared' })]
    expect(later.map(({ result }) => result.status)).toEqual(['queued', 'queued'])
    release(reader)
    expect(holders()).toEqual([writer.request])
    release(writer)
    expect(holders()).toEqual([later[0].request])
    expect(machine.state.locks.grantable()).toEqual(['l'])
    machine.run({ kind: 'grant', lock: 'l' })
    expect(holders()).toEqual(later.map(({ request }) => request))
    expect(machine.run({ kind: 'grant', lock: 'l' })).toMatchObject({ outcomes: [{ applied: false }] })
  })
})

describe('a semaphore', () => {
  it('is held by as many as it has permits, each under a token of its own', () => {
    const { acquire, release, holders } = locking()
    const three = [1, 2, 3].map(() => acquire('a#1', { permits: 2 }))
    expect(holders()).toEqual([three[0].request, three[1].request])
    release(three[0])
    expect(holders()).toEqual([three[1].request, three[2].request])
  })

  it('has one number of permits while it is in use', () => {
    const { acquire } = locking()
    acquire('a#1', { permits: 2 })
    expect(acquire('a#1', { permits: 3 }).result).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' })
  })
})
