import { rowFlags } from '../../../src/core/entry.ts'
import { counterBugs } from './bugs-counters.ts'
import { policyBugs } from './bugs-policies.ts'
import { watermarkBugs } from './bugs-watermarks.ts'
import { type Bug, eachCopy, eachReplica, replace } from './plant.ts'

/** Defects planted into a process, to prove that the laws notice them. */
export const bugs: Readonly<Record<string, Bug>> = {
  ...watermarkBugs,
  ...policyBugs,
  ...counterBugs,
  hlcNoMerge: {
    what: 'stamps of others do not move the own clock, so a local write may lose against what it saw',
    plant: ({ engine }) => replace(engine.hybrid, 'merge', () => () => {}),
  },
  noRepair: {
    what: 'no anti-entropy after a connection and none at intervals',
    plant: ({ engine }) => replace(engine.repairer, 'schedule', () => () => {}),
  },
  lastArrivalWins: {
    what: 'a row that arrives replaces the one that is there, whatever their versions',
    plant: node =>
      eachCopy(node, copy =>
        replace(copy, 'merge', original => (row, bounded) => {
          if (bounded || original(row, bounded)) return bounded ? original(row, bounded) : true
          const { h } = row
          row.h = node.engine.hybrid.issue()
          const kept = original(row, bounded)
          row.h = h
          return kept
        }),
      ),
  },
  notOpened: {
    what: 'holders do not send their operations to a node that loads, until the schema tells them',
    plant: ({ engine }) => {
      replace(engine.peers, 'opened', () => () => 0)
      replace(engine.repairer, 'repair', () => async () => 0)
      replace(engine.repairer, 'schedule', () => () => {})
    },
  },
  ackBeforeApply: {
    what: 'operations are confirmed and then dropped, one frame in ten',
    plant: ({ engine, env }) =>
      replace(engine.inbox, 'apply', original => (id, head, body) => {
        if (env.random.uint32() % 10 !== 0) return original(id, head, body)
        body.count()
        const last = body.count()
        engine.inbox.start(id, last + 1, 0)
        return last
      }),
  },
  invalidateByOrigin: {
    what: 'a holder does not tell who caches its rows of changes that come from other nodes (D-7)',
    plant: node =>
      eachCopy(node, copy =>
        replace(copy, 'listen', original => listener => {
          if (listener.constructor.name === 'CacheFeed')
            replace(listener, 'applied', applied => row => {
              if (node.engine.origins.nameOf(row.origin).startsWith(`${node.name}#`)) applied(row)
            })
          original(listener)
        }),
      ),
  },
  cacheNotDropped: {
    what: 'a write that arrives does not drop the key from the cache of decoded values',
    plant: node =>
      eachCopy(node, copy =>
        replace(copy, 'listen', original => listener => {
          if (listener.constructor.name === 'Object' && listener.applied.toString().includes('mayHold'))
            listener.applied = () => {}
          original(listener)
        }),
      ),
  },
  touchIsWrite: {
    what: 'a touch is a write of the value that was there (D-8)',
    scene: 'touch and delete',
    plant: node =>
      eachCopy(node, copy =>
        replace(copy, 'merge', original => (row, bounded) => {
          if ((row.flags & rowFlags.touched) !== 0) {
            row.h = row.stamp
            row.flags = 0
          }
          return original(row, bounded)
        }),
      ),
  },
  evictsAtLarge: {
    what: 'an eviction is a delete: it goes over the versions that its owner did not see (5.6)',
    plant: node =>
      eachCopy(node, copy =>
        replace(copy, 'merge', original => (row, bounded) => {
          if ((row.flags & rowFlags.kill) !== 0) {
            row.h = row.stamp
            row.flags = rowFlags.dead
          }
          return original(row, bounded)
        }),
      ),
  },
  nobodyEvicts: {
    what: 'owners never look how full the table is',
    plant: ({ engine: { evictions } }) => evictions.stop(),
  },
  batchSplit: {
    what: 'an atomic setMany leaves as several operations',
    plant: ({ engine: { outbox } }) =>
      replace(outbox, 'appendAll', () => (table, rows) => {
        for (const row of rows) {
          outbox.append(table, row)
          // Closes the frame.
          outbox.segmentWith(outbox.head)
        }
        return outbox.head
      }),
  },
  ownerAnywhere: {
    what: 'every node decides conditional operations itself',
    plant: ({ engine, name }) => replace(engine.holders, 'owner', () => () => name),
  },
  lostAsFailure: {
    what: 'a write whose connection broke before the answer came is reported as not made',
    plant: node =>
      eachReplica(node, replica => {
        if (replica.node === node.name) return
        replace(
          replica,
          'issue',
          issue =>
            (...args) =>
              issue(...args).catch(error => {
                Object.defineProperty(error, 'maybeApplied', { value: false })
                throw error
              }),
        )
      }),
  },
}
