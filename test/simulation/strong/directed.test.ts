import { describe, expect, it } from 'vitest'
import { Bench } from './bench.ts'
import { strongBugs } from './bugs.ts'
import { readAtOnce, strongScenes } from './scenes.ts'

const three = ['a#1', 'b#1', 'c#1']
const five = ['s1#1', 's2#1', 's3#1', 's4#1', 's5#1']

describe('the log', () => {
  it('decides nothing of an old term by counting (Raft, figure 8)', () => {
    expect(strongScenes['figure 8']()).toBeUndefined()
    expect(strongScenes['figure 8'](strongBugs.commitOldTerm.plant)).toEqual(expect.any(String))
  })

  it('brings every follower to the leader, whatever it had beside or instead (Raft, figure 7)', () => {
    const bench = new Bench(three)
    const [a, b, c] = three
    bench.elect(a, b)
    bench.among(a, b, c)
    for (let i = 0; i < 3; i++) bench.propose(a, `lost ${i}`, false)
    bench.elect(b, c)
    bench.among(b, c)
    bench.propose(b, 'kept')
    bench.among(b, c)
    bench.pass(200, b)
    bench.among(a, b, c)
    bench.pass(200, b)
    bench.among(a, b, c)
    expect(bench.textsOf(a)).toEqual(['kept'])
    expect(bench.at(a).state.log.lastIndex).toBe(bench.at(b).state.log.lastIndex)
  })

  it('keeps what it has when an old and shorter message comes late', () => {
    const bench = new Bench(three)
    const [a, b] = three
    bench.elect(a, b)
    bench.among(...three)
    bench.propose(a, 'first')
    const late = bench.waiting.filter(({ to }) => to === b)
    bench.among(...three)
    bench.propose(a, 'second')
    bench.among(...three)
    bench.waiting = [...late]
    bench.deliver()
    expect(bench.at(b).state.log.lastIndex).toBe(bench.at(a).state.log.lastIndex)
    expect(bench.textsOf(b)).toEqual(['first', 'second'])
  })
})

describe('a new leader', () => {
  it('answers no read before the first entry of its term is decided (Redis-Raft #22)', () => {
    const { bench, acknowledged, answer } = readAtOnce()
    expect(answer).toBeUndefined()
    bench.step(three[1], { kind: 'read', tag: 2 })
    bench.step(three[1], { kind: 'flush' })
    bench.among(three[1], three[2])
    expect(bench.reads.at(-1)?.index).toBeGreaterThanOrEqual(acknowledged)
  })

  it('would answer with less than was acknowledged, if it did not wait', () => {
    expect(strongScenes['read at once']()).toBeUndefined()
    expect(strongScenes['read at once'](strongBugs.readNoNoop.plant)).toEqual(expect.any(String))
  })

  it('is none that lacks what was decided', () => {
    const bench = new Bench(three)
    const [a, b, c] = three
    bench.elect(a, b)
    bench.among(...three)
    bench.propose(a, 'decided')
    bench.among(a, b)
    expect(() => bench.elect(c, b)).toThrow('not elected')
    bench.elect(b, c)
  })
})

describe('a leader that was cut off', () => {
  it('answers no read, and steps down (etcd 0.4, VoltDB)', () => {
    const bench = new Bench(three)
    const [a, b, c] = three
    bench.elect(a, b)
    bench.among(...three)
    bench.elect(b, c)
    bench.among(b, c)
    bench.propose(b, 'new')
    bench.among(b, c)
    bench.step(a, { kind: 'read', tag: 1 })
    bench.step(a, { kind: 'flush' })
    bench.waiting = []
    expect(bench.reads).toEqual([])
    for (let i = 0; i < 5; i++) bench.pass(1000, a)
    expect(bench.at(a).isLeader).toBe(false)
    expect(bench.reads).toEqual([{ by: a, tag: 1, index: undefined }])
  })

  it('removes nobody, and what it proposed is undone (Redis-Raft #17)', () => {
    const bench = new Bench(three)
    const [a, b, c] = three
    bench.elect(a, b)
    bench.among(...three)
    bench.step(a, { kind: 'configure', voters: [a], learners: [] })
    bench.propose(a, 'alone')
    bench.waiting = []
    bench.pass(200, a)
    expect(bench.textsOf(a)).toEqual([])
    bench.elect(b, c)
    bench.among(b, c)
    bench.propose(b, 'majority')
    bench.among(b, c)
    bench.pass(200, b)
    bench.among(...three)
    bench.pass(200, b)
    bench.among(...three)
    expect(bench.textsOf(a)).toEqual(['majority'])
    expect(bench.at(a).state.configuration?.voters).toEqual(three)
  })
})

describe('a change of voters', () => {
  it('takes both majorities, so that two changes at once cannot part the group (Ongaro 2015)', () => {
    const bench = new Bench(five)
    const [s1, s2, s3, s4, s5] = five
    bench.elect(s1, s2, s3)
    bench.among(...five)
    bench.step(s1, { kind: 'configure', voters: [s1, s2], learners: [s3, s4, s5] })
    bench.step(s1, { kind: 'flush' })
    const before = bench.commitOf(s1)
    bench.among(s1, s2)
    expect(bench.commitOf(s1)).toBe(before)
    bench.pass(200, s1)
    bench.among(s1, s2, s3)
    bench.pass(200, s1)
    bench.among(...five)
    expect(bench.at(s1).state.configuration).toMatchObject({ voters: [s1, s2], old: undefined })
  })

  it('waits for the change before it', () => {
    const bench = new Bench(three)
    const [a, b] = three
    bench.elect(a, b)
    bench.among(...three)
    bench.step(a, { kind: 'configure', voters: three, learners: ['d#1'] })
    const index = bench.at(a).state.log.lastIndex
    bench.step(a, { kind: 'configure', voters: [a], learners: [] })
    expect(bench.at(a).state.log.lastIndex).toBe(index)
  })

  it('lets a leader that is not among the new ones lead until it is decided', () => {
    const bench = new Bench(three)
    const [a, b, c] = three
    bench.elect(a, b)
    bench.among(...three)
    bench.step(a, { kind: 'configure', voters: [b, c], learners: [] })
    bench.step(a, { kind: 'flush' })
    expect(bench.at(a).isLeader).toBe(true)
    for (let i = 0; i < 3; i++) {
      bench.among(...three)
      bench.pass(200, a)
    }
    bench.among(...three)
    expect(bench.at(a).isLeader).toBe(false)
    bench.elect(b, c)
    bench.among(b, c)
    bench.propose(b, 'goes on')
    bench.among(b, c)
    expect(bench.textsOf(c)).toEqual(['goes on'])
  })

  it('can take one of two away while both live (etcd/raft)', () => {
    const bench = new Bench(['a#1', 'b#1'])
    bench.elect('a#1', 'b#1')
    bench.among('a#1', 'b#1')
    bench.step('a#1', { kind: 'configure', voters: ['a#1'], learners: [] })
    bench.step('a#1', { kind: 'flush' })
    bench.among('a#1', 'b#1')
    bench.propose('a#1', 'alone')
    bench.waiting = []
    expect(bench.textsOf('a#1')).toEqual(['alone'])
  })
})

describe('a member that was removed', () => {
  it('disturbs nobody: no term rises by it while a leader lives', () => {
    const bench = new Bench(three)
    const [a, b, c] = three
    bench.elect(a, b)
    bench.among(...three)
    bench.step(a, { kind: 'configure', voters: [a, b], learners: [] })
    bench.step(a, { kind: 'flush' })
    bench.among(a, b)
    const { term } = bench.at(a).state
    for (let i = 0; i < 20; i++) {
      bench.pass(400, ...three)
      bench.among(...three)
    }
    expect(bench.at(c).state.role).not.toBe('leader')
    expect([a, b].map(id => bench.at(id).state.term)).toEqual([term, term])
    expect(bench.at(a).isLeader).toBe(true)
  })
})

describe('a process that restarts', () => {
  it('is another member, whose vote is not that of the one before (etcd #3453, DISC 2017)', () => {
    const bench = new Bench(three)
    const [a, b, c] = three
    bench.elect(a, b)
    bench.among(...three)
    bench.propose(a, 'decided')
    bench.among(a, b)
    // b forgets everything and comes back as b#2; a is cut off. c, which lacks the entry, cannot lead by its vote.
    bench.members.delete(b)
    bench.add('b#2')
    expect(() => bench.elect(c, 'b#2')).toThrow('not elected')
    bench.step(a, { kind: 'configure', voters: three, learners: ['b#2'] })
    bench.among(a, c, 'b#2')
    expect(bench.textsOf(c)).toEqual(['decided'])
  })
})

describe('a state that is taken over', () => {
  const options = { maxLogEntries: 4, chunkBytes: 64 }

  function behind(): Bench {
    const bench = new Bench(three, options)
    const [a, b] = three
    bench.elect(a, b)
    bench.among(a, b)
    for (let i = 0; i < 20; i++) {
      bench.propose(a, `entry ${i}`)
      bench.among(a, b)
    }
    return bench
  }

  it('has each entry once, whether it came with the state or after it (Redis-Raft #18, #43)', () => {
    const bench = behind()
    const [a, b, c] = three
    for (let i = 0; i < 6; i++) {
      bench.pass(200, a)
      bench.among(...three)
    }
    bench.propose(a, 'after')
    bench.among(...three)
    bench.pass(200, a)
    bench.among(...three)
    expect(bench.textsOf(c)).toEqual(bench.textsOf(b))
    expect(bench.textsOf(c)).toHaveLength(21)
  })

  it('arrives although a late piece of an older one comes between', () => {
    const bench = behind()
    const [a, b, c] = three
    bench.pass(200, a)
    bench.deliver(({ message }) => message.type !== 'snapshot')
    const late = bench.waiting.filter(({ message }) => message.type === 'snapshot')
    expect(late.length).toBeGreaterThan(0)
    bench.waiting = []
    // The leader changes, decides more, and begins to bring c the newer state; then the old piece arrives.
    bench.elect(b, c)
    bench.among(a, b)
    for (let i = 0; i < 8; i++) {
      bench.propose(b, `more ${i}`)
      bench.among(a, b)
    }
    bench.pass(200, b)
    bench.deliver(({ from, to }) => [from, to].includes(c), 20_000)
    bench.waiting = [...late]
    for (let i = 0; i < 10; i++) {
      bench.deliver()
      bench.pass(200, b)
    }
    bench.deliver()
    expect(bench.textsOf(c)).toEqual(bench.textsOf(b))
  })
})
