import { type Bug, replace } from './plant.ts'

/** Defects of what becomes of what the smaller side of a split wrote (D-18). */
export const policyBugs: Readonly<Record<string, Bug>> = {
  policyIgnored: {
    seed: 16,
    what: 'rows that were written apart are brought back like others, whatever the table says',
    plant: ({ engine: { setAside } }) =>
      replace(setAside, 'put', put => (copy, origin) => put(copy, { ...origin, apart: undefined })),
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
