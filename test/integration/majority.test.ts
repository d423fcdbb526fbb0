import { describe, expect } from 'vitest'
import { codeOf, eventually, it } from '../support/nodes.ts'

describe('a majority table on three nodes', () => {
  it('is the same for all of them and for clients', async ({ cluster }) => {
    const nodes = await cluster.startMany(3)
    const [first, second, third] = nodes
    const accounts = await first.table<string, number>('accounts', { majority: true })
    const client = cluster.client(third)
    const there = await second.table<string, number>('accounts')
    const far = await client.table<string, number>('accounts')
    for (let i = 0; i < 20; i++) {
      await [accounts, there, far][i % 3].set('a', i)
      expect(await [there, far, accounts][i % 3].get('a')).toBe(i)
    }
    expect(await far.get('a', { consistency: 'local' })).toBe(19)
    expect(await far.getMany(['a', 'b'])).toEqual([19, undefined])
    expect(await far.increment('n', 2)).toBe(2)
    const entry = await far.entry('a')
    expect(await far.set('a', 20, { ifVersion: entry?.version })).toBe(true)
    expect(await there.set('a', 21, { ifVersion: entry?.version })).toBe(false)
    await far.setMany(
      [
        ['x', 1],
        ['y', 2],
      ],
      { atomic: true },
    )
    const found: [string, number][] = []
    for await (const one of far.entries({ prefix: 'x' })) found.push(one)
    expect(found).toEqual([['x', 1]])
    await there.clear()
    expect([await far.get('a'), await accounts.has('x')]).toEqual([undefined, false])
    const plain = await first.table<string, number>('plain')
    expect(await codeOf(plain.get('a', { consistency: 'linearizable' }))).toBe('ERR_INVALID_ARGUMENT')
    const fromClient = await client.table<string, number>('plain')
    const plainly = Array.from({ length: 500 }, (_, i) => [`${i}`, i] as const)
    await fromClient.setMany(plainly, { atomic: true, ack: 'all' })
    for (const node of nodes) {
      const [one, last] = await Promise.all(['0', '499'].map(key => node.existing('plain').table.entry(key)))
      expect(one?.version).toMatch(/@/)
      expect(last?.version).toBe(one?.version)
    }
    const tooMany = Array.from({ length: 129 }, (_, i) => [`${i}`, i] as const)
    expect(await codeOf(far.setMany(tooMany, { atomic: true }))).toBe('ERR_LIMIT_EXCEEDED')
    expect(await codeOf(far.setMany([['a', 1]], { atomic: true, ack: 'all' }))).toBe('ERR_INVALID_ARGUMENT')
    const tooLarge = Array.from({ length: 2 }, (_, i) => [`${i}`, 'x'.repeat(600_000)] as const)
    const texts = await client.table<string, string>('plain')
    expect(await codeOf(texts.setMany(tooLarge, { atomic: true }))).toBe('ERR_LIMIT_EXCEEDED')
    expect(await codeOf(first.transaction(async tx => tx.table(plain).get('a')))).toBe('ERR_INVALID_ARGUMENT')
  })

  it('moves money without losing any, whoever does it', async ({ cluster }) => {
    const nodes = await cluster.startMany(3)
    const client = cluster.client(...nodes)
    const bank = await nodes[0].table<string, number>('bank', { majority: true })
    const names = ['a', 'b', 'c', 'd']
    await bank.setMany(
      names.map(name => [name, 100] as const),
      { atomic: true },
    )
    const everybody = [...nodes, client]
    await Promise.all(
      everybody.map(async (one, i) => {
        for (let n = 0; n < 10; n++) {
          await one.transaction(
            async tx => {
              const t = tx.table<string, number>('bank')
              const [from, to] = [names[(i + n) % 4], names[(i + 2 * n + 1) % 4]]
              if (from === to) return
              const [had, has] = await t.getMany([from, to])
              t.set(from, (had ?? 0) - 7)
              t.set(to, (has ?? 0) + 7)
            },
            { timeout: '20s' },
          )
          const sum = await one.transaction(
            async tx => {
              let total = 0
              for await (const [, amount] of tx.table<string, number>('bank').entries()) total += amount
              return total
            },
            { readOnly: true, timeout: '20s' },
          )
          expect(sum).toBe(400)
        }
      }),
    )
  })

  it('has locks beside it, given back by who dies', async ({ cluster }) => {
    const [first, second, third] = await cluster.startMany(3)
    const client = cluster.client(third)
    const lock = await client.locks.acquire('l', { ttl: '2s' })
    expect(await codeOf(second.locks.acquire('l', { wait: false }))).toBe('ERR_CONFLICT')
    const waiting = first.locks.acquire('l', { wait: '20s' })
    await client.close()
    const next = await waiting
    expect(lock.signal.aborted).toBe(true)
    expect(next.token.index).toBeGreaterThan(lock.token.index)
    const leaders = second.elect('e')
    const { value: leader } = await leaders.next()
    await first.locks.request('other', async held => {
      await first.transaction(async tx => tx.guard(held))
    })
    await eventually(async () => expect((await third.locks.query()).length).toBe(2))
    await leader.resign()
    await next.release()
  })
})
