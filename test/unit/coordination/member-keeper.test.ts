import { describe, expect, it } from 'vitest'
import { towards } from '../../../src/coordination/consensus/configuration.ts'
import {
  type MembersSeen,
  nextConfiguration,
  removeAfterMs,
  replaceVoterAfterMs,
  wantedVoters,
} from '../../../src/coordination/group/member-keeper.ts'

const ids = (names: string) => [...names].map(name => `${name}#1`)

/** A group led by a, all of whose members answer and have everything. */
function seen(voters: string, learners: string, changes: Partial<MembersSeen> = {}): MembersSeen {
  return {
    self: 'a#1',
    configuration: { voters: ids(voters), old: undefined, learners: ids(learners) },
    seeking: new Map(),
    leaving: new Set(),
    silentMs: () => 0,
    isCaughtUp: () => true,
    zoneOf: () => '',
    maxVoters: 5,
    ...changes,
  }
}

const silent = (names: string, ms: number) => (member: string) => (ids(names).includes(member) ? ms : 0)

describe('a voter that is silent (D-10)', () => {
  it('stays as it is for 30 s', () => {
    expect(nextConfiguration(seen('abc', 'd', { silentMs: silent('c', replaceVoterAfterMs - 1) }))).toBe(
      undefined,
    )
  })

  it('is replaced by a learner that has everything, in one joint change, and learns itself from then on', () => {
    const before = seen('abc', 'd', { silentMs: silent('c', replaceVoterAfterMs) })
    const next = nextConfiguration(before)
    expect(next).toEqual({ voters: ids('abd'), learners: ids('c') })
    const joint = towards(before.configuration, next ?? before.configuration)
    expect(joint).toMatchObject({ voters: ids('abd'), old: ids('abc') })
    // Then all is as it should be.
    expect(nextConfiguration(seen('abd', 'c', { silentMs: silent('c', replaceVoterAfterMs) }))).toBe(
      undefined,
    )
  })

  it('votes on, in silence, while nobody has everything', () => {
    const changes = { silentMs: silent('c', replaceVoterAfterMs), isCaughtUp: () => false }
    expect(nextConfiguration(seen('abc', 'd', changes))).toBe(undefined)
  })

  it('is not replaced by a learner that is silent, too, and has not everything', () => {
    const changes = {
      silentMs: silent('cd', replaceVoterAfterMs),
      isCaughtUp: (member: string) => member !== 'd#1',
    }
    expect(nextConfiguration(seen('abc', 'd', changes))).toBe(undefined)
  })

  it('is removed after 10 min, and so many vote as the nodes that are left want', () => {
    const gone = (names: string) => ({ silentMs: silent(names, removeAfterMs) })
    expect(nextConfiguration(seen('abc', '', gone('c')))).toEqual({ voters: ids('a'), learners: ids('b') })
    expect(nextConfiguration(seen('abcde', '', gone('e')))).toEqual({
      voters: ids('abc'),
      learners: ids('d'),
    })
    expect(nextConfiguration(seen('abc', 'de', gone('de')))).toEqual({ voters: ids('abc'), learners: [] })
    expect(nextConfiguration(seen('abc', '', { silentMs: silent('c', removeAfterMs - 1) }))).toBe(undefined)
  })
})

describe('the number of voters', () => {
  it.each([
    [1, 5, 1],
    [2, 5, 1],
    [3, 5, 3],
    [4, 5, 3],
    [5, 5, 5],
    [9, 5, 5],
    [9, 7, 7],
    [9, 3, 3],
  ])('of %i nodes, at most %i, is %i', (nodes, most, wanted) => {
    expect(wantedVoters(nodes, most)).toBe(wanted)
  })
})
