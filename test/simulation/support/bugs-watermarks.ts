import type { Epoch } from '../../../src/core/epoch.ts'
import { ownRow } from '../../../src/core/operation.ts'
import { scanEnd } from '../../../src/core/partition.ts'
import type { Levels } from '../../../src/replication/stability.ts'
import { TableCopy } from '../../../src/storage/table.ts'
import { type Bug, eachCopy, eachReplica, replace } from './plant.ts'

/** Defects of what is remembered and when it is forgotten: the rules of section A, each left out. */
export const watermarkBugs: Readonly<Record<string, Bug>> = {
  noSeal: {
    what: 'whoever leaves a copy set is forgotten at once, with what it may have told some only',
    scene: 'told to one only',
    plant: ({ engine: { coverage, catalog } }) =>
      replace(coverage, 'level', original => table => {
        const ever: Epoch = { ...catalog.epoch, generation: Number.MAX_VALUE }
        for (const holder of [...coverage.others(table)])
          coverage.sealed({ table, life: coverage.lifeOf(table) }, holder, ever)
        return original(table)
      }),
  },
  epochMix: {
    what: 'how far a member said to be counts in every epoch, whatever its copy set',
    scene: 'late page',
    plant: ({ engine: { stability, catalog } }) => {
      const said = new Map<string, Levels>()
      replace(stability, 'heard', original => (member, epoch, levels) => {
        // Levels only rise: the highest was true once.
        const most = Math.max(levels.most, said.get(member)?.most ?? 0)
        said.set(member, { most, others: new Map() })
        original(member, epoch, levels)
      })
      replace(stability, 'point', original => table => {
        for (const [member, levels] of said) stability.heard(member, catalog.epoch, levels)
        return original(table)
      })
    },
  },
  noFloor: {
    what: 'what was deleted and forgotten is taken as something new when it comes again',
    scene: 'late row',
    plant: node =>
      eachCopy(node, copy =>
        replace(copy, 'merge', original => (row, bounded) => {
          const before = copy.blocked
          if (original(row, bounded)) return true
          if (copy.blocked === before) return false
          copy.put(row)
          return true
        }),
      ),
  },
  expirePurge: {
    what: 'an expired row is forgotten at once, so an older one can come back',
    plant: node =>
      eachCopy(node, copy =>
        replace(copy, 'merge', original => (row, bounded) => {
          if (row.expiresAt !== 0 && row.expiresAt <= node.env.clock.wall()) return false
          return original(row, bounded)
        }),
      ),
  },
  clearAsDeletes: {
    what: 'a clear removes the rows that are there and leaves nothing behind',
    plant: node =>
      eachCopy(node, copy => {
        let last = 0
        replace(copy, 'clear', () => h => {
          const table = node.engine.catalog.byId(copy.id)
          if (h <= last || table === undefined) return false
          last = h
          copy.exchange(new TableCopy(node.engine.origins, table, copy.seed), 'clear')
          return true
        })
      }),
  },
  gapIgnored: {
    what: 'a stream that begins anew counts as if nothing had been missed',
    plant: ({ engine }) => replace(engine.coverage, 'begun', original => origin => original(origin, 0)),
  },
  aeEndVector: {
    what: 'a comparison gives what this node has at its end, not what it had before',
    plant: node => {
      const { coverage } = node.engine
      eachReplica(node, replica =>
        replace(replica, 'compared', tell => (tables, epoch, call) => {
          const late = tables.map(told => ({ ...coverage.before(told.table), life: told.life }))
          return tell(late, epoch, call)
        }),
      )
    },
  },
  snapFloor: {
    what: 'a new copy takes over the floor of its source, whatever it lacks',
    scene: 'copy without one holder',
    plant: ({ engine: { coverage } }) => {
      const lives = new Map<string, number>()
      let isFloor = false
      replace(coverage, 'loaded', original => table => {
        original(table)
        // What is asked next is how high its floor may be.
        isFloor = lives.get(table) !== coverage.lifeOf(table)
        lives.set(table, coverage.lifeOf(table))
      })
      replace(coverage, 'level', original => table => {
        const level = isFloor ? Number.MAX_VALUE : original(table)
        isFloor = false
        return level
      })
    },
  },
  gcLocalL: {
    what: 'what this node has is taken for what all have',
    plant: ({ engine: { stability, coverage } }) =>
      replace(stability, 'point', () => table => coverage.level(table)),
  },
  gcTime: {
    what: 'deletions are forgotten after a time, whoever lacks them',
    plant: ({ engine: { stability, hybrid } }) => replace(stability, 'point', () => () => hybrid.last),
  },
  noWipe: {
    what: 'one that others went on without merges its old rows when it comes back',
    seed: 28,
    plant: ({ engine: { setAside, copies } }) => {
      const old = new Map<string, TableCopy>()
      replace(setAside, 'put', () => copy => void old.set(copy.id, copy))
      replace(copies, 'add', original => (copy, generation, active) => {
        const held = original(copy, generation, active)
        const from = old.get(copy.id)
        for (let cursor = from === undefined ? scanEnd : 0; cursor !== scanEnd; )
          cursor = (from as TableCopy).scan(cursor, row => {
            const mine = ownRow(row)
            mine.hash = copy.hashOf(mine.keyBytes, mine.keyStart, copy.keyLengthOf(mine))
            copy.merge(mine)
          })
        return held
      })
    },
  },
  kindsMixed: {
    what: 'rows of a copy that gives way go to the table of that name, whatever its codec (D-13)',
    scene: 'two codecs',
    plant: ({ engine: { givingWay, catalog } }) =>
      replace(givingWay, 'leave', original => copy => {
        const into = catalog.get(copy.name)
        if (into === undefined) original(copy)
        else givingWay.setAside(copy, into)
      }),
  },
  emptyCounts: {
    what: 'a table without rows stays where two groups become one, whatever the other one has (D-5)',
    scene: 'empty table',
    plant: ({ engine: { strong } }) =>
      replace(strong, 'submit', original => (command, ...more) => {
        if (command.kind !== 'takeAlong') return original(command, ...more)
        return original({ ...command, replaces: undefined }, ...more)
      }),
  },
  aeLiftsAll: {
    what: 'a comparison of one table vouches for all of them (D-1)',
    plant: ({ engine: { coverage } }) =>
      replace(coverage, 'compared', original => ({ vector, seals }) => {
        for (const table of [...coverage.tables])
          original({ table, life: coverage.lifeOf(table), vector, seals })
      }),
  },
  foreignOrigin: {
    what: 'operations are taken from whoever is not of the copy set (D-2)',
    scene: 'late stranger',
    plant: ({ engine: { coverage, copies } }) =>
      replace(coverage, 'accepts', original => (origin, table, epoch) => {
        try {
          return original(origin, table, epoch)
        } catch {
          return copies.get(table) !== undefined
        }
      }),
  },
}
