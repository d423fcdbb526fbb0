import { describe, expect } from 'vitest'
import { MajorityOperations } from '../../../src/coordination/majority-operations.ts'
import type { Environment } from '../../../src/core/environment.ts'
import { MnemeshError } from '../../../src/core/errors.ts'
import { elsewhere } from '../../../src/face/port.ts'
import { TypedTable } from '../../../src/face/typed-table.ts'
import type { Table } from '../../../src/face/types.ts'
import { NodeTablePort } from '../../../src/node/table-port.ts'
import { it as base } from '../../support/coordination.ts'
import type { LocalGroup, LocalStrong } from '../../support/local-strong.ts'
import { codeOf } from '../../support/nodes.ts'

const it = base.extend<{ table: Table<string, unknown>; counters: Table<string, number> }>({
  table: async ({ env, group, member }, use) => use(tableOf(env, group, member, 't')),
  counters: async ({ env, group, member }, use) => use(tableOf<number>(env, group, member, 'u')),
})

describe('a majority table', () => {
  it('reads what was acknowledged, wherever', async ({ group, member, table, run }) => {
    group.set('t', 'a', 1)
    expect(await run(table.get('a'))).toBe(1)
    expect(await run(table.getMany(['b', 'a']))).toEqual([undefined, 1])
    expect(await run(table.has('a'))).toBe(true)
    expect(member.barriers).toBe(3)
    member.hasQuorum = false
    expect(await codeOf(run(table.get('a')))).toBe('ERR_NO_QUORUM')
  })

  it('reads what this node has where that is asked for, with no majority either', async ({
    group,
    member,
    table,
    run,
  }) => {
    group.set('t', 'a', 1)
    member.hasQuorum = false
    expect(await run(table.get('a', { consistency: 'local' }))).toBe(1)
    expect(await run(table.has('a', { consistency: 'local' }))).toBe(true)
    expect((await run(table.entry('a', { consistency: 'local' })))?.value).toBe(1)
    expect(member.barriers).toBe(0)
  })

  it('tells of an entry: its version, and when it was written', async ({ env, group, table, run }) => {
    group.set('t', 'a', 1, 60_000)
    const entry = await run(table.entry('a'))
    expect(entry).toMatchObject({ key: 'a', value: 1, node: '', hit: 'local' })
    expect(entry?.version).toBe(`${group.state.lastApplied.toString(36)}@`)
    expect(entry?.createdAt).toBe(env.clock.wall() - 20)
    expect(entry?.expiresAt).toBe(env.clock.wall() - 20 + 60_000)
  })

  it('refuses an acknowledgement by all, of one write and of many', async ({ group, table, run }) => {
    const before = group.state.lastApplied
    const refusal = { code: 'ERR_INVALID_ARGUMENT' }
    await expect(run(table.set('a', 1, { ack: 'all' }))).rejects.toMatchObject(refusal)
    await expect(run(table.setMany([['a', 1]], { atomic: true, ack: 'all' }))).rejects.toMatchObject(refusal)
    expect(group.state.lastApplied).toBe(before)
  })

  it('sets, deletes and clears', async ({ group, table, run }) => {
    expect(await run(table.set('a', 1))).toBe(true)
    expect(await run(table.set('b', { c: 2 }, { ttl: '1m', ack: 'one' }))).toBe(true)
    expect([group.value('t', 'a'), group.value('t', 'b')]).toEqual([1, { c: 2 }])
    expect([await run(table.delete('a')), await run(table.delete('a'))]).toEqual([true, false])
    await run(table.clear())
    expect(group.value('t', 'b')).toBeUndefined()
  })

  it('writes under conditions, of which nobody is fooled', async ({ table, run }) => {
    expect(await run(table.set('a', 1, { ifAbsent: true }))).toBe(true)
    expect(await run(table.set('a', 2, { ifAbsent: true }))).toBe(false)
    const version = (await run(table.entry('a')))?.version ?? ''
    expect(await run(table.set('a', 3, { ifVersion: version }))).toBe(true)
    expect(await run(table.set('a', 4, { ifVersion: version }))).toBe(false)
    expect(await run(table.set('a', 4, { ifVersion: '1@n1#00000000001' }))).toBe(false)
    expect(await run(table.delete('a', { ifVersion: version }))).toBe(false)
    expect(await run(table.get('a'))).toBe(3)
  })

  it('adds up what many add, each told its own sum', async ({ counters, run }) => {
    const sums = await run(Promise.all(Array.from({ length: 20 }, () => counters.increment('n'))))
    expect(sums).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    expect(await run(counters.increment('n', -5))).toBe(15)
  })

  it('updates without losing what others write meanwhile', async ({ group, counters, run }) => {
    group.set('u', 'n', 1)
    group.once(
      ({ kind }) => kind === 'transaction',
      () => group.set('u', 'n', 10),
    )
    expect(await run(counters.update('n', n => (n ?? 0) + 1))).toBe(11)
  })

  it('sets many at once or none', async ({ group, table, run }) => {
    const before = group.log.length
    await run(
      table.setMany(
        [
          ['a', 1],
          ['b', 2],
        ],
        { atomic: true },
      ),
    )
    expect([group.log.length - before, group.value('t', 'a'), group.value('t', 'b')]).toEqual([1, 1, 2])
    const many = Array.from({ length: 129 }, (_, i) => [`${i}`, i] as [string, number])
    expect(await codeOf(run(table.setMany(many, { atomic: true })))).toBe('ERR_LIMIT_EXCEEDED')
    expect(group.value('t', '0')).toBeUndefined()
  })

  it('is scanned, by what the group takes for the time', async ({ env, group, table, world, run }) => {
    for (let i = 0; i < 700; i++) group.set('t', `k${i}`, 'x'.repeat(1000))
    group.set('t', 'brief', 1, 100)
    const keys = async (options = {}) => {
      const found: string[] = []
      for await (const key of table.keys(options)) found.push(key)
      return found
    }
    expect(new Set(await run(keys())).size).toBe(701)
    expect((await run(keys({ prefix: 'k69' }))).length).toBe(11)
    await world.run(200)
    expect(env.clock.wall()).toBeGreaterThan(group.row('t', 'brief')?.expiresAt ?? 0)
    // Nothing has told the group that time went on: whoever reads the row by itself sees it as well.
    expect(await run(table.has('brief'))).toBe(true)
    expect((await run(keys({ prefix: 'b' }))).length).toBe(1)
    group.apply({ kind: 'tick' })
    expect([await run(table.has('brief')), (await run(keys({ prefix: 'b' }))).length]).toEqual([false, 0])
  })

  it('passes on what the group refuses, and what nobody knows', async ({ group, member, table, run }) => {
    group.set('t', 'a', 'text')
    expect(await codeOf(run(table.increment('a')))).toBe('ERR_BAD_TYPE')
    expect(await codeOf(run(table.set('a', 1, { ack: 'all' })))).toBe('ERR_INVALID_ARGUMENT')
    const unknown = new MnemeshError('ERR_UNKNOWN_OUTCOME', 'who knows', { maybeApplied: true })
    member.failures.push({ error: unknown, applied: true })
    await expect(run(table.set('a', 1))).rejects.toBe(unknown)
  })
})

function tableOf<V>(
  env: Environment,
  group: LocalGroup,
  strong: LocalStrong,
  name: string,
): Table<string, V> {
  const { origins } = group
  const agreed = new MajorityOperations({ strong, origins, name })
  const entry = strong.table(name)?.entry
  const open = {
    entry,
    agreed,
    origins,
    maxValueBytes: 1_000_000,
    reader: { forget() {}, here: () => elsewhere },
  }
  const port = new NodeTablePort(env, name, { version: 1, get: () => open as never }, () => Promise.reject())
  return new TypedTable<string, V>(env, port)
}
