import { describe, expect, it } from 'vitest'
import { maxResults, Sessions } from '../../../../src/coordination/state/sessions.ts'
import { Machine, operation, transaction } from './machine.ts'

const increment = transaction([operation('n', { kind: 'increment' })])

describe('a request', () => {
  it('is applied once, however often it comes, and has one result', () => {
    const machine = Machine.ready()
    const session = machine.sessionOf('a#1')
    const first = machine.run(increment, { session, sequence: 1 })
    machine.run(increment, { session, sequence: 2 })
    expect(machine.run(increment, { session, sequence: 1 })).toBe(first)
    expect(machine.get('n')).toBe(2)
    expect(machine.state.resultOf(session, 1)).toBe(first)
    expect(machine.state.resultOf(session, 3)).toBeUndefined()
  })

  it('is forgotten once it is settled, and not applied again', () => {
    const machine = Machine.ready()
    const session = machine.sessionOf('a#1')
    for (const sequence of [3, 1, 2]) machine.run(increment, { session, sequence })
    machine.run(increment, { session, sequence: 5, settledBelow: 3 })
    expect(machine.run(increment, { session, sequence: 2 }).status).toBe('forgotten')
    expect(machine.run(increment, { session, sequence: 3 }).status).toBe('done')
    expect(machine.get('n')).toBe(4)
  })

  it('of no session, or of one that has ended, is not applied', () => {
    const machine = Machine.ready()
    const session = machine.sessionOf('a#1')
    machine.run(increment, { session, sequence: 1 })
    machine.run({ kind: 'endSession', member: 'a#1' })
    expect(machine.run(increment, { session, sequence: 2 }).status).toBe('noSession')
    machine.run({ kind: 'openSession', member: 'a#1' })
    expect(machine.sessionOf('a#1')).not.toBe(session)
    expect(machine.run(increment, { session, sequence: 1 }).status).toBe('noSession')
    expect(machine.run(increment, { session: 'nobody@1', sequence: 1 }).status).toBe('noSession')
    expect(machine.get('n')).toBe(1)
  })

  it('of the group itself is applied whenever it comes', () => {
    const machine = Machine.ready()
    machine.run(increment)
    machine.run(increment)
    expect(machine.get('n')).toBe(2)
  })
})

describe('sessions', () => {
  it('are those of the members, from the configuration that takes them in to the one that lets them go', () => {
    const machine = Machine.ready()
    expect(machine.sessionOf('a#1')).toBe('a#1@1')
    machine.run({ kind: 'openSession', member: 'guest#1' })
    machine.members(['b#1', 'c#1'])
    const { state } = machine
    expect(state.sessions.members()).toEqual(['b#1', 'guest#1', 'c#1'])
    expect([state.sessionOf('a#1'), state.sessionOf('b#1')]).toEqual([undefined, 'b#1@1'])
  })

  it('keep a bounded number of results: the oldest are forgotten, never applied again', () => {
    const sessions = new Sessions()
    sessions.open('a#1', 1)
    for (let i = 1; i <= maxResults + 10; i++) sessions.record('a#1@1', i, 0, { status: 'queued', index: i })
    expect(sessions.records()[0].results).toHaveLength(maxResults)
    expect([sessions.resultOf('a#1@1', 10), sessions.resultOf('a#1@1', 11)]).toMatchObject([
      'forgotten',
      { index: 11 },
    ])
  })

  it('have a fingerprint of nothing once they have ended', () => {
    const sessions = new Sessions()
    sessions.open('a#1', 1)
    for (let i = 1; i <= 9; i++) sessions.record('a#1@1', i, i - 3, { status: 'queued', index: i })
    sessions.amend('a#1@1', 8, { status: 'granted', index: 20, token: { generation: 1, index: 20 } })
    expect(sessions.fingerprint.low).not.toBe(0)
    sessions.end('a#1')
    expect([sessions.fingerprint.low, sessions.fingerprint.high]).toEqual([0, 0])
  })
})
