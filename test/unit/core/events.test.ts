import { describe, expect, it } from 'vitest'
import { type ClusterEvent, Events } from '../../../src/core/events.ts'
import { TypedEvents } from '../../../src/face/events.ts'
import { NodeEvents } from '../../../src/node/node-events.ts'
import { silent, World } from '../../simulation/support/world.ts'

function start() {
  const world = new World(1)
  const logged: object[] = []
  const note = (fields: object, message: string) => void logged.push({ ...fields, message })
  const env = world.environment({ log: { ...silent, info: note, warn: note, error: note } })
  const events = new Events(env, 'n1')
  const node = new NodeEvents(env, { events, member: 'n1#1' })
  const loading = (table: string) => events.emit('copy-loading', { table })
  return { world, logged, events, typed: new TypedEvents(env, node), loading }
}

const tables = (events: readonly ClusterEvent[]) => events.map(event => 'table' in event && event.table)

describe('events of a node', () => {
  it('say what happened, where, when and in which order, and are counted and logged', async () => {
    const { events, typed, loading, logged, world } = start()
    await world.run(5)
    loading('a')
    events.emit('clock-skew', { offsetMs: 300 })
    const at = Date.UTC(2026, 5, 1) + 5
    expect(await typed.recent()).toEqual([
      { type: 'copy-loading', level: 'info', at, node: 'n1', sequence: 1, table: 'a' },
      { type: 'clock-skew', level: 'warn', at, node: 'n1', sequence: 2, offsetMs: 300 },
    ])
    expect(events.counts).toEqual({ 'copy-loading': 1, 'clock-skew': 1 })
    expect(logged).toMatchObject([
      { event: 'copy-loading', table: 'a', message: 'table copy began to load' },
      { event: 'clock-skew', offsetMs: 300 },
    ])
  })

  it('are told to listeners by name, once the turn in which they happened is over', async () => {
    const { events, typed, loading, world } = start()
    const heard: string[] = []
    const off = typed.on('copy-loading', ({ table }) => void heard.push(table))
    loading('a')
    events.emit('clock-skew', { offsetMs: 1 })
    expect(heard).toEqual([])
    await world.run(1)
    expect(heard).toEqual(['a'])
    off()
    loading('b')
    await world.run(1)
    expect(heard).toEqual(['a'])
  })

  it('reach the others when one listener throws', async () => {
    const { typed, loading, world, logged } = start()
    const heard: string[] = []
    typed.on('copy-loading', () => {
      throw new Error('mine')
    })
    typed.on('copy-loading', ({ table }) => void heard.push(table))
    loading('a')
    await world.run(1)
    expect(heard).toEqual(['a'])
    expect(logged).toContainEqual(expect.objectContaining({ message: 'listener of events failed' }))
  })

  it('refuse a name that is none', () => {
    const { typed } = start()
    expect(() => typed.on('copy-lost' as 'copy-active', () => {})).toThrow(/there is no event copy-lost/)
  })

  it('tell a slow reader how many it missed, in their place', async () => {
    const { typed, loading, world } = start()
    const reader = typed.watch({ buffer: 3 })
    for (const table of ['a', 'b', 'c', 'd', 'e']) loading(table)
    await world.run(1)
    expect((await reader.next()).value).toMatchObject({ type: 'missed', count: 2 })
    const rest = [await reader.next(), await reader.next(), await reader.next()]
    expect(tables(rest.map(({ value }) => value))).toEqual(['c', 'd', 'e'])
    await reader.return?.()
    expect(await reader.next()).toEqual({ done: true, value: undefined })
  })

  it('are remembered up to 500, and whoever goes on from an older one is told how many are missing', async () => {
    const { events, loading } = start()
    for (let i = 1; i <= 510; i++) loading(String(i))
    const heard: ClusterEvent[] = []
    events.follow(5, { heard: event => void heard.push(event), ended: () => {} })
    expect(heard[0]).toMatchObject({ type: 'missed', count: 5 })
    expect(heard).toHaveLength(501)
    expect(heard[1]).toMatchObject({ sequence: 11, table: '11' })
  })

  it('come once each to who follows in the middle of a turn', async () => {
    const { events, loading, world } = start()
    const first: ClusterEvent[] = []
    const second: ClusterEvent[] = []
    events.follow(undefined, { heard: event => void first.push(event), ended: () => {} })
    loading('a')
    events.follow(0, { heard: event => void second.push(event), ended: () => {} })
    loading('b')
    await world.run(1)
    expect(tables(first)).toEqual(['a', 'b'])
    expect(tables(second)).toEqual(['a', 'b'])
  })

  it('end for every reader when the node closes', async () => {
    const { events, typed, loading } = start()
    const reader = typed.watch()
    const waiting = typed[Symbol.asyncIterator]().next()
    loading('a')
    events.close()
    expect((await reader.next()).value).toMatchObject({ table: 'a' })
    expect((await reader.next()).done).toBe(true)
    expect((await waiting).value).toMatchObject({ table: 'a' })
  })

  it('end for a reader with its signal', async () => {
    const { typed, loading, world } = start()
    const controller = new AbortController()
    const reader = typed.watch({ signal: controller.signal })
    controller.abort()
    loading('a')
    await world.run(1)
    expect((await reader.next()).done).toBe(true)
  })
})
