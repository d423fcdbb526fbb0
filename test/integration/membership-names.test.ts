import { describe, expect } from 'vitest'
import { MnemeshError } from '../../src/core/errors.ts'
import { profiles } from '../../src/membership/timings.ts'
import type { Member } from '../../src/membership/view.ts'
import { afterTraffic, converged, eventually, it, namesIn } from '../support/swim-cluster.ts'

const { askTimeoutMs } = profiles.test

describe.concurrent('a newcomer whose name is borne by a live node', () => {
  it('is refused before anybody sees it', async ({ cluster }) => {
    const [first, second] = await cluster.startMany(2, { address: '127.0.0.1:7999' })
    let changes = 0
    first.onChange(() => changes++)
    const error = await cluster.start('n2', { seeds: [first.self.gossip] }).catch(error => error)
    expect(MnemeshError.is(error, 'ERR_NAME_IN_USE')).toBe(true)
    expect(error.message).toContain("'n2'")
    expect(error.message).toContain('127.0.0.1:7999')
    expect(error.message).toContain(second.self.gossip)
    expect(error.message).toContain('give this one another name')
    await afterTraffic([first, second], 20)
    expect(changes).toBe(0)
    expect(first.view.get('n2')).toEqual(second.self)
  })

  it('is refused when that node is its seed', async ({ cluster }) => {
    const first = await cluster.start('n1')
    const starting = cluster.start('n1', { seeds: [first.self.gossip] })
    await expect(starting).rejects.toMatchObject({ code: 'ERR_NAME_IN_USE' })
  })

  it('is refused when the seed has lost that node', async ({ cluster }) => {
    const [first, second] = await cluster.startMany(2)
    cluster.network.split([first], [second])
    await converged([first])
    const { gossip } = first.self
    cluster.network.loses = (from, to) =>
      [from, to].every(host => [gossip, second.self.gossip].includes(host))
    const starting = cluster.start('n2', { seeds: [gossip] })
    await expect(starting).rejects.toMatchObject({ code: 'ERR_NAME_IN_USE' })
  })

  it('is refused although questions and answers get lost', async ({ cluster }) => {
    const [first, second] = await cluster.startMany(2)
    const tries = new Map<string, number>()
    cluster.network.loses = (from, to) => {
      const pair = `${from} ${to}`
      tries.set(pair, (tries.get(pair) ?? 0) + 1)
      const isBetweenMembers = [from, to].every(host =>
        [first, second].some(({ self }) => self.gossip === host),
      )
      return !isBetweenMembers && tries.get(pair) === 1
    }
    const starting = cluster.start('n2', { seeds: [first.self.gossip] })
    await expect(starting).rejects.toMatchObject({ code: 'ERR_NAME_IN_USE' })
  })

  it('leaves its port free when it is refused', async ({ cluster }) => {
    const first = await cluster.start('n1')
    const placeholder = await cluster.start('placeholder')
    await placeholder.leave()
    const port = Number(placeholder.self.gossip.split(':')[1])
    const bind = { host: '127.0.0.1', port }
    await cluster.start('n1', { bind, seeds: [first.self.gossip] }).catch(() => {})
    const second = await cluster.start('n2', { bind, seeds: [first.self.gossip] })
    await converged([first, second])
  })
})

describe.concurrent('a newcomer', () => {
  it('that is alone starts without delay', async ({ cluster }) => {
    const startedAt = performance.now()
    await cluster.start('n1')
    expect(performance.now() - startedAt).toBeLessThan(askTimeoutMs)
  })

  it('with a dead seed beside a live one does not wait for the dead one', async ({ cluster }) => {
    const first = await cluster.start('n1')
    const startedAt = performance.now()
    const timings = { ...profiles.test, askTimeoutMs: 5000 }
    const second = await cluster.start('n2', { seeds: ['127.0.0.1:9', first.self.gossip], timings })
    expect(performance.now() - startedAt).toBeLessThan(4000)
    await converged([first, second])
  })

  it('takes a name whose node is dead, once that has not answered', async ({ cluster }) => {
    const [first, second] = await cluster.startMany(2)
    await cluster.kill(second)
    const startedAt = performance.now()
    const again = await cluster.start('n2', { seeds: [first.self.gossip] })
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(askTimeoutMs - 1)
    await converged([first, again])
  })

  it('takes a later incarnation than the dead one had, although its clock has stepped back (D-20)', async ({
    cluster,
  }) => {
    const [first, dead] = await cluster.startMany(2)
    const { gossip, incarnation } = dead.self
    await cluster.kill(dead)
    const again = await cluster.start('n2', {
      seeds: [first.self.gossip],
      bind: { host: '127.0.0.1', port: Number(gossip.split(':')[1]) },
      incarnation: incarnation - 5000 * 4096,
    })
    const msOf = (stamp: number) => Math.floor(stamp / 4096)
    expect(msOf(again.self.incarnation)).toBe(msOf(incarnation) + 1)
    await converged([first, again])
    expect(first.view.get('n2')).toEqual(again.self)
  })

  it('takes the name of a node that is about to leave', async ({ cluster }) => {
    const [first, second] = await cluster.startMany(2)
    const leaving = second.leave()
    const again = await cluster.start('n2', { seeds: [second.self.gossip, first.self.gossip] })
    await leaving
    await converged([first, again])
  })

  it('is not taken for its own double when it is its own seed under another address', async ({ cluster }) => {
    const placeholder = await cluster.start('placeholder')
    await placeholder.leave()
    const port = Number(placeholder.self.gossip.split(':')[1])
    const seeds = [`127.0.0.1:${port}`, `127.0.0.2:${port}`]
    const node = await cluster.start('n1', {
      bind: { host: '0.0.0.0', port },
      advertiseHost: '127.0.0.1',
      seeds,
    })
    expect(namesIn(node.view)).toEqual(['n1'])
  })
})

describe.concurrent('a node that was only unreachable when another took its name', () => {
  it('learns that it is replaced, and the others see the newer one only', async ({ cluster }) => {
    const [first, second, stale] = await cluster.startMany(3)
    cluster.network.split([first, second], [stale])
    await converged([first, second])
    const newer = await cluster.start('n3', { seeds: [first.self.gossip], zone: 'zone-2' })
    const replacements: Member[] = []
    stale.onReplaced(member => replacements.push(member))
    await converged([first, second, newer])
    cluster.network.heal()
    await eventually(() => expect(replacements).toEqual([newer.self]))
    await afterTraffic([first, second, newer, stale], 50)
    await converged([first, second, newer])
    expect(replacements).toHaveLength(1)
    // It is itself until it stops.
    expect(stale.view.get('n3')).toEqual(stale.self)
    let told: Member | undefined
    stale.onReplaced(member => {
      told = member
    })
    await eventually(() => expect(told).toEqual(newer.self))
    await stale.leave()
    await afterTraffic([first, second, newer], 20)
    await converged([first, second, newer])
  })

  it('is not shown anything of an older one of its own name', async ({ cluster }) => {
    const [first, second, stale] = await cluster.startMany(3)
    cluster.network.split([first, second], [stale])
    await converged([first, second])
    const newer = await cluster.start('n3', { seeds: [first.self.gossip] })
    let isReplaced = false
    newer.onReplaced(() => {
      isReplaced = true
    })
    cluster.network.heal()
    await afterTraffic([stale], 30)
    expect(newer.view.get('n3')).toEqual(newer.self)
    expect(isReplaced).toBe(false)
  })
})
