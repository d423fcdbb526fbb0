import { simulateStrong } from '../../test/simulation/strong/command.ts'
import { runStrongSeed } from '../../test/simulation/strong/run.ts'
import { runSeed } from '../../test/simulation/support/run.ts'

interface Totals {
  operations: number
  acknowledged: number
  events: number
  virtualMs: number
}

/** Fresh seeds of both simulations, in turn, until the time is over or a law is broken. */
export class SimulationSoak {
  readonly #totals: Totals = { operations: 0, acknowledged: 0, events: 0, virtualMs: 0 }
  readonly #faults = new Map<string, number>()

  /** Resolves with whether every law held. */
  async run(minutes: number, first: number): Promise<boolean> {
    console.log(`simulations: seeds from ${first}, for ${minutes.toFixed(1)} minutes`)
    const until = performance.now() + minutes * 60_000
    let seed = first
    for (; performance.now() < until; seed++) if (!(await this.#isWell(seed))) return false
    this.#report(seed - first)
    return true
  }

  // One seed of each.
  async #isWell(seed: number): Promise<boolean> {
    const plain = await runSeed(seed)
    this.#count(plain)
    if (plain.violation !== undefined) {
      console.log(`SEED=${seed} breaks a law: ${plain.violation}`)
      console.log(`replay: npm run simulate -- --from ${seed} --seeds 1 --trace`)
      return false
    }
    const strong = await runStrongSeed(seed)
    this.#count(strong)
    const kinds = strong.plan.faults.map(({ kind }) => kind as string)
    if (strong.plan.loss !== undefined) kinds.push('quorum lost')
    for (const kind of kinds) this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1)
    if (strong.violation === undefined) return true
    // Once more, to print what it was and to make it smaller.
    await simulateStrong({ seeds: 1, bug: undefined, trace: false, from: seed })
    return false
  }

  #count(result: Readonly<Totals>): void {
    for (const name of Object.keys(this.#totals) as (keyof Totals)[]) this.#totals[name] += result[name]
  }

  #report(seeds: number): void {
    const { operations, acknowledged, events, virtualMs } = this.#totals
    console.log(
      `${seeds} seeds of each simulation: every law holds; ${operations} operations, ${acknowledged} acknowledged, ` +
        `${events} events, ${(virtualMs / 3_600_000).toFixed(2)} virtual hours`,
    )
    const told = [...this.#faults].map(([kind, times]) => `${kind} ${times}`)
    console.log(`faults of the strong one: ${told.join(', ')}`)
  }
}
