import { ownRow } from '../../../src/core/operation.ts'
import { scanEnd } from '../../../src/core/partition.ts'
import { memberId } from '../../../src/membership/view.ts'
import { TableCopy } from '../../../src/storage/table.ts'
import { type Bug, replace } from './plant.ts'

/** Defects of what becomes of what the smaller side of a split wrote (D-18). */
export const policyBugs: Readonly<Record<string, Bug>> = {
  policyIgnored: {
    seed: 16,
    what: 'rows that were written apart are brought back like others, whatever the table says',
    plant: ({ engine: { setAside } }) =>
      replace(setAside, 'put', put => (copy, origin) => put(copy, { ...origin, apart: undefined })),
  },
  functionTwice: {
    what: 'whoever has set a row aside has the function merge it, whoever wrote it',
    scene: 'function once',
    plant: ({ engine: { setAside, origins }, member }) =>
      replace(setAside, 'put', put => (copy, origin) => {
        const own = new TableCopy(origins, copy, copy.seed)
        const { apart } = origin
        const since = apart === undefined ? Number.MAX_VALUE : Math.min(apart.since, ...apart.others.values())
        for (let cursor = 0; cursor !== scanEnd; )
          cursor = copy.scan(cursor, row => {
            const mine = ownRow(row)
            if (row.h > since) mine.origin = origins.indexOf(memberId(member))
            own.put(mine)
          })
        put(own, apart === undefined ? origin : { ...origin, apart: { since, others: new Map() } })
      }),
  },
  notKeptApart: {
    scene: 'not the leader first',
    what: 'what was written apart mixes with the rest as soon as both sides hear each other',
    plant: ({ engine: { separation } }) => replace(separation, 'keepsApart', () => () => false),
  },
  bothSidesSetAside: {
    what: 'whoever was apart gives its copy up, whether a majority has gone on without it or not',
    scene: 'no majority',
    plant: ({ engine: { strong, separation, catalog }, env, member, name: node }) => {
      const copy = { state: 'wanted', incarnation: member.incarnation } as const
      env.timers.every(100, () => {
        if (!separation.isApart || !strong.hasQuorum) return
        for (const { name: table, definition } of catalog.tables().values())
          if (definition.onMerge !== 'newest')
            strong
              .decide({ kind: 'setCopy', table, node, copy }, { deadline: Number.MAX_VALUE })
              .catch(() => {})
      })
    },
  },
}
