import { describe, expect, it } from 'vitest'
import { TableBounds } from '../../../src/replication/table-bounds.ts'

describe('the bounds of tables', () => {
  const make = () => {
    const clock = { now: 0, wall: () => 0, monotonic: () => clock.now }
    return { clock, bounds: new TableBounds(clock) }
  }

  it('are the smallest that any holder announced', () => {
    const { bounds } = make()
    expect([bounds.isEmpty, bounds.of('t')]).toEqual([true, undefined])
    bounds.announce('a', new Map([['t', 100]]))
    bounds.announce(
      'b',
      new Map([
        ['t', 70],
        ['u', 9],
      ]),
    )
    expect(bounds.of('t')).toEqual({ node: 'b', maxBytes: 70 })
    expect(bounds.of('u')).toEqual({ node: 'b', maxBytes: 9 })
    expect(bounds.of('v')).toBeUndefined()
    bounds.announce('b', new Map([['u', 9]]))
    expect(bounds.of('t')).toEqual({ node: 'a', maxBytes: 100 })
    bounds.announce('a', new Map())
    bounds.announce('b', new Map())
    expect(bounds.isEmpty).toBe(true)
  })

  it('are forgotten where they are not announced anew', () => {
    const { bounds, clock } = make()
    bounds.announce('a', new Map([['t', 100]]))
    clock.now = 2000
    bounds.announce('b', new Map([['t', 200]]))
    clock.now = 3001
    bounds.forgetOld()
    expect(bounds.of('t')).toEqual({ node: 'b', maxBytes: 200 })
    clock.now = 6000
    bounds.forgetOld()
    expect(bounds.isEmpty).toBe(true)
  })
})
