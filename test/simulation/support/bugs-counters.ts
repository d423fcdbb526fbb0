import { CounterTally } from '../../../src/core/counter.ts'
import { type Bug, replace } from './plant.ts'

/** Defects of counters: how an increment is lost to another one, and how one is counted twice. */
export const counterBugs: Readonly<Record<string, Bug>> = {
  counterReusesCell: {
    what: 'a process that starts anew goes on in the part of the counter that the one before it had',
    scene: 'restart while one knows',
    plant: ({
      engine: {
        counterKeeper: { counters },
      },
      name,
    }) => replace(counters, 'writerOf', () => () => ({ origin: name, since: 0 })),
  },
  foldTwice: {
    what: 'what a writer that is gone has counted is added to what another one counts',
    plant: ({
      engine: {
        counterKeeper: { counters },
      },
    }) =>
      replace(counters, 'write', original => (place, tally) => {
        const { origin } = counters.writerOf(place.held.copy)
        const parts = tally.parts()
        const own = parts.find(part => part.origin === origin) ?? {
          origin,
          birth: tally.reset + 1,
          up: 0,
          down: 0,
        }
        const folded = new CounterTally(tally.reset)
        const up = parts.reduce((sum, part) => sum + part.up, 0)
        const down = parts.reduce((sum, part) => sum + part.down, 0)
        folded.raise({ ...own, up, down })
        original(place, folded)
      }),
  },
  foldEarly: {
    what: 'that a counter was deleted is forgotten before everybody knows',
    seed: 34,
    plant: ({ engine: { counterKeeper, hybrid } }) => {
      for (const name of ['settled', 'forgotten'] as const)
        replace(counterKeeper, name, () => () => hybrid.last)
    },
  },
  asideAddsUp: {
    what: 'what a counter had that was set aside is counted once more, whoever has counted it already',
    seed: 16,
    plant: ({
      engine: {
        counterKeeper: { counters },
      },
    }) =>
      replace(counters, 'adopt', () => (held, row) => {
        const { key } = counters.placeOf(held, row)
        const by = new CounterTally().addRow(row).value ?? 0
        const as = { kind: 'increment', lifetime: 'keep', condition: 'none', ack: 'local' } as const
        counters.make(held, { ...as, key, by, value: key }, 0)
        return 'reissued'
      }),
  },
}
