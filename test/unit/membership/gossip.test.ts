import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Gossip } from '../../../src/membership/gossip.ts'
import { type Message, readMessages } from '../../../src/membership/messages.ts'
import { type GossipRecord, memberState, type OwnRecord } from '../../../src/membership/records.ts'
import { profiles } from '../../../src/membership/timings.ts'
import { systemRandom } from '../../support/swim-random.ts'

const { alive, suspect, faulty } = memberState
const { intervalMs, suspectTimeoutMs } = profiles.lan

const recordOf = (name: string, options: Partial<GossipRecord> = {}): GossipRecord => ({
  host: `127.0.0.1:${name.charCodeAt(0)}`,
  meta: { n: name, i: 10, a: '127.0.0.1:7947', z: '', v: '' },
  state: alive,
  incarnation: 10,
  ...options,
})
const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(name => recordOf(name))

/** A node `a` that knows `b` and `c`, with no network: what it sends is kept. */
function gossipOf(self: OwnRecord = { host: a.host, meta: a.meta }) {
  const sent: { readonly message: Message | undefined; readonly to: string }[] = []
  const signs: string[] = []
  const gossip = new Gossip(
    self,
    {
      send: (payload, to) => {
        for (const message of readMessages(payload, Number.MAX_SAFE_INTEGER)) sent.push({ message, to })
      },
      random: systemRandom,
      changed: () => {},
      signed: (sign, { meta }) => void signs.push(`${sign} ${meta.n}`),
    },
    { timings: profiles.lan, maxPayloadBytes: 1300 },
  )
  for (const record of [b, c]) gossip.receive({ type: 'sync', record }, record.host)
  sent.length = 0
  const stateOf = (host: string) => gossip.live.find(record => record.host === host)?.state
  const update = (record: GossipRecord, from: string) => gossip.receive({ type: 'update', record }, from)
  const sentTo = (host: string) => sent.filter(({ to }) => to === host).map(({ message }) => message)
  return { gossip, sent, sentTo, signs, stateOf, update }
}

let stop = () => {}
function started(self?: OwnRecord) {
  const node = gossipOf(self)
  stop = () => node.gossip.stop()
  return node
}

beforeEach(() =>
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'performance'],
  }),
)
afterEach(() => {
  stop()
  vi.useRealTimers()
})

describe('a member that another calls lost', () => {
  it('is a suspect, is told so, and stays when it contradicts', () => {
    const { update, stateOf, sentTo } = started()
    update({ ...b, state: faulty }, c.host)
    expect(stateOf(b.host)).toBe(suspect)
    expect(sentTo(b.host)).toContainEqual({ type: 'update', record: { ...b, state: suspect } })
    update({ ...b, incarnation: 11 }, b.host)
    expect(stateOf(b.host)).toBe(alive)
    vi.advanceTimersByTime(suspectTimeoutMs + intervalMs / 2)
    expect(stateOf(b.host)).toBeDefined()
  })

  it('is lost when it does not contradict', () => {
    const { update, stateOf, signs } = started()
    for (let i = 0; i < 3; i++) update({ ...b, state: faulty }, c.host)
    vi.advanceTimersByTime(suspectTimeoutMs)
    expect(stateOf(b.host)).toBeUndefined()
    expect(signs.filter(sign => sign.endsWith(b.meta.n))).toEqual([`suspect ${b.meta.n}`])
  })

  it('is not even a suspect when it has contradicted before', () => {
    const { update, stateOf } = started()
    update({ ...b, incarnation: 11 }, b.host)
    update({ ...b, state: faulty }, c.host)
    expect(stateOf(b.host)).toBe(alive)
  })

  it('is lost at once when it says so itself, and left alone', () => {
    const { update, stateOf, sentTo, signs } = started()
    for (let i = 0; i < 3; i++) update({ ...b, state: faulty }, b.host)
    expect(stateOf(b.host)).toBeUndefined()
    expect(signs).toEqual([`left ${b.meta.n}`])
    expect(sentTo(b.host)).toEqual([])
  })
})

describe('a suspicion heard from another', () => {
  it.each([
    ['of a member', b],
    ['of somebody unknown', d],
  ])('%s runs out here too', (_, record) => {
    const { update, stateOf } = started()
    update({ ...record, state: suspect }, c.host)
    expect(stateOf(record.host)).toBe(suspect)
    vi.advanceTimersByTime(suspectTimeoutMs)
    expect(stateOf(record.host)).toBeUndefined()
  })
})

describe('an answer', () => {
  const pingOf = (node: ReturnType<typeof started>) => {
    vi.advanceTimersByTime(intervalMs)
    const ping = node.sent.find(({ message }) => message?.type === 'ping')
    if (ping?.message?.type !== 'ping') throw new Error('nobody was pinged')
    return { seq: ping.message.seq, to: ping.to }
  }

  it('counts only from who was asked', () => {
    const node = started()
    const { seq, to } = pingOf(node)
    const other = [b, c].find(({ host }) => host !== to)?.host ?? ''
    expect(node.gossip.receive({ type: 'ack', seq }, other)).toBe(false)
    expect(node.gossip.receive({ type: 'ack', seq }, to)).toBe(true)
  })

  it('has a number that another life of the node did not use', () => {
    const [first, second] = [gossipOf(), gossipOf()]
    const numbers = [pingOf(first).seq, pingOf(second).seq]
    expect(numbers[0]).not.toBe(numbers[1])
    for (const { gossip } of [first, second]) gossip.stop()
  })
})

describe('what is said of the node itself', () => {
  it.each([suspect, faulty])('is contradicted to who says it (state %i)', state => {
    const { update, sentTo } = started()
    update({ ...a, state }, d.host)
    expect(sentTo(d.host)).toContainEqual({ type: 'update', record: { ...a, incarnation: 11 } })
  })

  it.each([5, 10, 15])('is contradicted when it is of an earlier process, of incarnation %i', incarnation => {
    const { update, sentTo } = started()
    update({ ...a, meta: { ...a.meta, i: 5 }, incarnation }, b.host)
    const answer = sentTo(b.host).find(
      message => message?.type === 'update' && message.record.host === a.host,
    )
    if (answer?.type !== 'update') throw new Error('no answer')
    expect(answer.record.meta).toEqual(a.meta)
    expect(answer.record.incarnation).toBeGreaterThan(incarnation)
  })
})

describe('who writes without being a member', () => {
  it('is told all that is known, once a round', () => {
    const { gossip, sentTo } = started()
    for (let i = 0; i < 3; i++) gossip.receive({ type: 'ping', seq: i }, d.host)
    expect(sentTo(d.host).filter(message => message?.type === 'sync')).toHaveLength(1)
    expect(gossip.isLive(d.host)).toBe(false)
    gossip.exchange([])
    gossip.receive({ type: 'ping', seq: 3 }, d.host)
    expect(sentTo(d.host).filter(message => message?.type === 'sync')).toHaveLength(2)
  })

  it('cannot have it sent elsewhere', () => {
    const { gossip, sent } = started()
    expect(gossip.receive({ type: 'sync', record: d }, b.host)).toBe(false)
    expect(sent).toEqual([])
  })
})

describe('the members', () => {
  it('are no more than memory bears', () => {
    const { gossip, update } = started()
    const crowd = Array.from({ length: 2100 }, (_, i) =>
      recordOf('x', { host: `10.0.${i >> 8}.${i & 255}:7946` }),
    )
    expect(crowd.filter(record => update(record, b.host)).length).toBe(1998)
    expect(gossip.live).toHaveLength(2000)
    // Who is known is still heard.
    expect(update({ ...b, incarnation: 11 }, b.host)).toBe(true)
  })

  it('that are lost are sought in every round, those that left are not', () => {
    const { gossip, update, sentTo } = started()
    update({ ...b, state: faulty }, b.host)
    update({ ...c, state: faulty }, b.host)
    vi.advanceTimersByTime(suspectTimeoutMs)
    expect(gossip.live).toEqual([])
    const before = [sentTo(b.host).length, sentTo(c.host).length]
    gossip.exchange([])
    expect(sentTo(b.host)).toHaveLength(before[0])
    expect(sentTo(c.host).length).toBeGreaterThan(before[1])
  })

  it('that are lost are forgotten after an hour', () => {
    const { gossip, update, sentTo } = started()
    update({ ...c, state: faulty }, b.host)
    vi.advanceTimersByTime(suspectTimeoutMs)
    expect(gossip.bearersOf('c')).toHaveLength(1)
    vi.advanceTimersByTime(3_600_000)
    gossip.exchange([])
    expect(gossip.bearersOf('c')).toEqual([])
    const before = sentTo(c.host).length
    gossip.exchange([])
    expect(sentTo(c.host)).toHaveLength(before)
  })

  it('that bear a name are told the live first, then the newest, without those that left', () => {
    const { gossip, update } = started()
    const named = (host: string) => recordOf('x', { host })
    for (const host of ['10.0.0.1:1', '10.0.0.2:1', '10.0.0.3:1']) update(named(host), b.host)
    update({ ...named('10.0.0.1:1'), state: faulty }, b.host)
    update({ ...named('10.0.0.2:1'), state: faulty }, '10.0.0.2:1')
    vi.advanceTimersByTime(suspectTimeoutMs)
    update({ ...named('10.0.0.4:1'), meta: { ...b.meta, n: 'x', i: 11 } }, b.host)
    const hosts = gossip.bearersOf('x').map(({ host }) => host)
    expect(hosts).toEqual(['10.0.0.4:1', '10.0.0.3:1', '10.0.0.1:1'])
  })
})

describe('gossip that is stopped', () => {
  it('leaves no first ping behind', () => {
    const { gossip } = gossipOf()
    gossip.stop()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves no timer behind, whatever was under way', () => {
    const { gossip, update, sent } = gossipOf()
    update({ ...b, state: suspect }, c.host)
    // A ping, and then one through others, that nobody answers.
    vi.advanceTimersByTime(intervalMs + profiles.lan.pingTimeoutMs + 10)
    expect(sent.some(({ message }) => message?.type === 'pingReq')).toBe(true)
    gossip.stop()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('has a last word for each member', () => {
    const { gossip } = gossipOf()
    const { farewell, hosts } = gossip.stop()
    expect([...hosts].sort()).toEqual([b.host, c.host].sort())
    expect(readMessages(farewell, Number.MAX_SAFE_INTEGER)).toEqual([
      { type: 'update', record: { ...a, state: faulty } },
    ])
  })
})
