import { compareTokens, type Token, textOf } from '../../../src/cli/chaos/checkers/history.ts'
import { Violation } from '../support/violation.ts'
import { accountNames, type Clients, startBalance } from './clients.ts'
import { lists, locks, type PlannedLoss } from './plan.ts'
import { isWhole, within } from './recovery.ts'
import { SideTables } from './side-tables.ts'
import type { StrongCluster } from './strong-cluster.ts'
import type { StrongNode } from './strong-node.ts'

const loadMs = 600
const operations = 60
const recoveryMs = 20_000
/** As `createNode` does, after it has listened. */
const listenMs = 1000

/**
 * The end of some runs: so many processes die under load that no quorum is left, and come back. Nobody types a
 * command, and yet there is one group again, with all that any survivor had (S18, D-9) and tokens that go on (D-11).
 */
export class QuorumLoss {
  readonly #cluster: StrongCluster
  readonly #clients: Clients
  readonly #plan: PlannedLoss
  #away = 0
  // What each survivor had when the last of the others had died.
  #kept: readonly Map<string, unknown>[] = []
  readonly #sides: SideTables

  constructor(cluster: StrongCluster, clients: Clients, plan: PlannedLoss) {
    this.#cluster = cluster
    this.#clients = clients
    this.#plan = plan
    this.#sides = new SideTables(cluster)
  }

  async play(): Promise<void> {
    const { world, names } = this.#cluster
    const { survivors, gapMs, isLagging, isDeaf } = this.#plan
    const tokens = this.#tokens()
    this.#cluster.beginLoss()
    this.#load()
    const kept = survivors.map(i => this.#cluster.nodes.get(names[i]) as StrongNode)
    this.#sides.begin(kept, loadMs)
    if (isDeaf) this.#deafen(kept)
    else if (isLagging) kept[0]?.process.pause()
    const victims = names.filter((_, i) => !survivors.includes(i))
    for (const [i, name] of victims.entries())
      world.after(loadMs / 2 + gapMs * i, () => this.#kill(name, i === victims.length - 1))
    await world.run(loadMs + gapMs * victims.length)
    await world.until(() => this.#away === 0, recoveryMs, 'all processes again')
    if (survivors.length === 0) await this.#cut()
    await world.until(() => isWhole(this.#cluster), recoveryMs, 'a group after the loss of the quorum')
    const leader = this.#cluster.leader as StrongNode
    // Nobody has anything: the tables must be made anew.
    if (survivors.length === 0) await within(world, this.#clients.prepare(leader), 'tables are made')
    this.#judge(leader)
    await this.#judgeTokens(leader, [...tokens, ...this.#tokens()])
  }

  // Of two sides neither may acknowledge what the other one contradicts (D-4).
  async #cut(): Promise<void> {
    const { world, network, names } = this.#cluster
    for (const { forMs, side } of this.#plan.cuts) {
      const inside = names.filter((_, i) => side.includes(i))
      for (const a of inside)
        for (const b of names.filter(name => !inside.includes(name))) {
          network.cut(a, b)
          network.cut(b, a)
        }
      await world.run(forMs)
      network.heal()
    }
  }

  #deafen(survivors: readonly StrongNode[]): void {
    const { leader, network } = this.#cluster
    if (leader !== undefined && !survivors.includes(leader))
      for (const { name } of survivors) network.cut(leader.name, name)
  }

  #load(): void {
    const { world } = this.#cluster
    for (let i = 0; i < operations; i++) {
      const [id, at, node] = [8000 + i, (loadMs * i) / operations, i]
      world.after(at, () => {
        if (i % 3 === 0) this.#clients.perform({ id, at, node, kind: 'counter', key: 0 })
        else if (i % 3 === 1)
          this.#clients.perform({ id, at, node, kind: 'transfer', from: i % 5, to: (i + 1) % 5, amount: 1 })
        else {
          const append = { kind: 'append', reads: [], appends: [i % lists], certify: 'rows' } as const
          this.#clients.perform({ id, at, node, ...append, thinkMs: 0 })
        }
      })
    }
  }

  #kill(name: string, isLast: boolean): void {
    const { world, nodes, names } = this.#cluster
    this.#cluster.crash(name)
    this.#away++
    world.after(this.#plan.awayMs[names.indexOf(name)], () => {
      const node = this.#cluster.start(name)
      this.#away--
      world.after(listenMs, () => {
        if (node.process.isAlive) node.strong.mayFound()
      })
    })
    if (!isLast) return
    const survivors = this.#plan.survivors.map(i => nodes.get(names[i]) as StrongNode)
    this.#kept = survivors.flatMap(node => [node.rows('lists'), node.rows('counters')])
    this.#sides.keep()
    this.#cluster.network.heal()
    for (const { process } of survivors) process.resume()
  }

  #judge(leader: StrongNode): void {
    const { living } = this.#cluster
    const groups = new Set(living.map(({ state }) => `${state.group.id} ${state.group.generation}`))
    if (groups.size !== 1) throw new Violation(`groups after the loss: ${[...groups].join(', ')}`)
    const now = new Map([...leader.rows('lists'), ...leader.rows('counters')])
    for (const kept of this.#kept)
      for (const [key, before] of kept)
        if (!goesOnFrom(before, now.get(key)))
          throw new Violation(
            `a survivor had ${JSON.stringify(before)}, and now there is ${JSON.stringify(now.get(key))}`,
          )
    this.#sides.judge(leader)
    const balances = accountNames.map(name => leader.read('bank', name).value as number)
    const total = balances.reduce((sum, balance) => sum + balance, 0)
    if (total !== startBalance * accountNames.length)
      throw new Violation(`bank: ${total} after the loss: ${balances}`)
  }

  // All that were ever granted.
  #tokens(): Token[] {
    return this.#clients.recorder.events.flatMap(event => {
      const token = event.type === 'ok' && (event.answer as { readonly token?: Token }).token
      return token ? [token] : []
    })
  }

  async #judgeTokens(leader: StrongNode, before: readonly Token[]): Promise<void> {
    const request = { wait: false, mode: 'exclusive', permits: 1, ttlMs: 1000 } as const
    const asked = leader.submit({ kind: 'acquire', lock: `after ${locks}`, ...request }, 5000)
    const result = await within(this.#cluster.world, asked, 'a lock after the loss')
    if (result.status !== 'granted') throw new Violation(`a lock after the loss: ${JSON.stringify(result)}`)
    const { token } = result
    const newer = before.find(old => compareTokens(old, token) >= 0)
    if (newer !== undefined)
      throw new Violation(`token ${textOf(token)} was granted after ${textOf(newer)}: it went back`)
  }
}

// A list that begins with what it was, a number that is not less.
function goesOnFrom(before: unknown, now: unknown): boolean {
  if (typeof before === 'number') return typeof now === 'number' && now >= before
  return Array.isArray(before) && Array.isArray(now) && before.every((value, i) => now[i] === value)
}
