import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partitionCount } from '../../../src/core/partition.ts'
import { ringOrders } from '../../../src/membership/ring.ts'
import {
  createIncarnation,
  incarnationOf,
  type Member,
  memberId,
  nodeOf,
  startedAt,
  View,
} from '../../../src/membership/view.ts'

const memberOf = (name: string, incarnation = 1): Member => ({
  name,
  incarnation,
  address: '127.0.0.1:7947',
  gossip: '127.0.0.1:7946',
  zone: '',
  version: '',
})
const hostileNames = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype']
const names = fc.uniqueArray(
  fc.oneof(fc.constantFrom(...hostileNames), fc.stringMatching(/^[\w.:-]{1,12}$/)),
  {
    minLength: 1,
    maxLength: 6,
  },
)
const partitions = Array.from({ length: partitionCount }, (_, partition) => partition)

describe('the ring', () => {
  it('is the same for the same members, whatever their order', () => {
    fc.assert(
      fc.property(
        names.chain(list =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        ([list, shuffled]) => {
          expect(ringOrders(shuffled, 16)).toEqual(ringOrders(list, 16))
        },
      ),
      { numRuns: 20 },
    )
  })

  it('gives each partition all members, each once', () => {
    fc.assert(
      fc.property(names, list => {
        for (const order of ringOrders(list, 16)) expect([...order].sort()).toEqual([...list].sort())
      }),
      { numRuns: 20 },
    )
  })

  it('loses a member without moving anything else', () => {
    fc.assert(
      fc.property(names, list => {
        const [lost, ...others] = list
        const before = ringOrders(list, partitionCount)
        const after = ringOrders(others, partitionCount)
        for (const partition of partitions) {
          expect(after[partition]).toEqual(before[partition].filter(name => name !== lost))
        }
      }),
      { numRuns: 20 },
    )
  })

  it('shares the partitions out about evenly', () => {
    const list = ['a', 'b', 'c', 'd', 'e']
    const orders = ringOrders(list, partitionCount)
    for (const name of list) {
      const owned = orders.filter(([owner]) => owner === name).length
      expect(owned).toBeGreaterThan(0.6 * (partitionCount / list.length))
      expect(owned).toBeLessThan(1.4 * (partitionCount / list.length))
    }
  })

  it('loses no points at the sizes at which hashring does by default', () => {
    // index.js:129 rounds down 1/n * 40 * n, which is less than 40 for n = 49.
    const list = Array.from({ length: 49 }, (_, i) => `node-${i}`)
    const before = ringOrders(list.slice(1), partitionCount)
    const after = ringOrders(list, partitionCount)
    for (const partition of partitions) {
      expect(after[partition].filter(name => name !== 'node-0')).toEqual(before[partition])
    }
  })

  it('is not harmed by hostile names, and harms nobody', () => {
    ringOrders(hostileNames, partitionCount)
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(Object.getPrototypeOf({})).toBe(Object.prototype)
    expect(new Set(ringOrders(hostileNames, partitionCount).map(([owner]) => owner))).toEqual(
      new Set(hostileNames),
    )
  })

  it('does not confuse a name that ends in a port with one that does not', () => {
    const names = ['a', 'a:11211', 'a:1', 'b']
    const [orders, others] = [
      ringOrders(names, partitionCount),
      ringOrders(['a:11211', 'a:1', 'b'], partitionCount),
    ]
    for (const order of orders) expect([...order].sort()).toEqual([...names].sort())
    for (const name of names) expect(orders.some(([owner]) => owner === name)).toBe(true)
    expect(orders.map(order => order.filter(name => name !== 'a'))).toEqual(others)
  })

  it('of nobody is empty', () => {
    expect(ringOrders([], 3)).toEqual([[], [], []])
  })
})

describe('a view', () => {
  it('has its members in the order of their names', () => {
    const view = new View(['c', 'a', 'b'].map(name => memberOf(name)))
    expect(view.members.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  })

  it('finds a member by name, hostile ones too', () => {
    const view = new View(hostileNames.map(name => memberOf(name)))
    for (const name of hostileNames) expect(view.get(name)).toEqual(memberOf(name))
    expect(new View([]).get('__proto__')).toBeUndefined()
    expect(new View([]).get('constructor')).toBeUndefined()
  })

  it('tells a process from another of the same name', () => {
    const view = new View([memberOf('a', 5)])
    expect(view.has(memberOf('a', 5))).toBe(true)
    expect(view.has(memberOf('a', 6))).toBe(false)
    expect(view.has(memberOf('b', 5))).toBe(false)
  })

  it('orders each partition as every view of the same members does', () => {
    const [one, other] = [
      new View([memberOf('a', 1), memberOf('b', 2)]),
      new View([memberOf('b', 7), memberOf('a', 9)]),
    ]
    for (const partition of partitions) expect(one.order(partition)).toEqual(other.order(partition))
  })
})

describe('an incarnation', () => {
  const instant = Date.UTC(2026, 0, 1)

  it('grows with the time of the start and tells it', () => {
    expect(createIncarnation(instant + 1, 0)).toBeGreaterThan(createIncarnation(instant, 0xffffffff))
    expect(startedAt({ ...memberOf('a'), incarnation: createIncarnation(instant, 0xffffffff) })).toBe(instant)
  })

  it('is a safe integer until 2093', () => {
    expect(Number.isSafeInteger(createIncarnation(Date.UTC(2093, 0, 1), 0xffffffff))).toBe(true)
  })

  it('makes ids that sort by start', () => {
    const ids = [1, 2, 40, createIncarnation(instant, 0), createIncarnation(instant + 1, 0)].map(
      incarnation => memberId({ name: 'a', incarnation }),
    )
    expect([...ids].sort()).toEqual(ids)
  })

  it('tells the node and which of its lives', () => {
    const [name, incarnation] = ['a.b:1', createIncarnation(Date.UTC(2026, 1, 1), 77)]
    const id = memberId({ name, incarnation })
    expect([nodeOf(id), incarnationOf(id)]).toEqual([name, incarnation])
  })
})
