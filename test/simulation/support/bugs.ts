import type { BytesReader } from '../../../src/core/bytes.ts'
import type { Row } from '../../../src/core/entry.ts'
import type { Replica } from '../../../src/replication/replica.ts'
import type { TableCopy } from '../../../src/storage/table.ts'
import type { SimNode } from './sim-cluster.ts'

interface Bug {
  readonly what: string
  readonly plant: (node: SimNode) => void
}

// Private fields are out of reach, and ought to be: a defect is planted where parts meet, in public methods.
type Open = Record<string, (...args: never[]) => unknown>
function replace<T extends object>(
  target: T,
  name: keyof T & string,
  make: (original: Open[string]) => unknown,
): void {
  const open = target as unknown as Open
  open[name] = make(open[name].bind(target)) as Open[string]
}

function eachCopy(node: SimNode, change: (copy: TableCopy) => void): void {
  for (const { copy } of node.engine.copies.all()) change(copy)
  replace(node.engine.copies, 'add', original => (...args: never[]) => {
    change(args[0] as unknown as TableCopy)
    return original(...args)
  })
}

/** Defects planted into a process, to prove that the laws notice them. */
export const bugs: Readonly<Record<string, Bug>> = {
  clockNotMerged: {
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
      eachCopy(node, copy => {
        replace(copy, 'merge', original => (row: never, bounded: never) => {
          const { h } = row as unknown as { h: number }
          if (bounded || original(row, bounded)) return bounded ? original(row, bounded) : true
          const target = row as unknown as { h: number; stamp: number }
          target.h = node.engine.hybrid.issue()
          const kept = original(row, bounded)
          target.h = h
          return kept
        })
      }),
  },
  expiredPurged: {
    what: 'an expired row is forgotten at once, so an older one can come back',
    plant: node =>
      eachCopy(node, copy => {
        replace(copy, 'merge', original => (row: never, bounded: never) => {
          const { expiresAt } = row as unknown as { expiresAt: number }
          if (expiresAt !== 0 && expiresAt <= node.env.clock.wall()) return false
          return original(row, bounded)
        })
      }),
  },
  clearAsDrop: {
    what: 'a clear empties the copy and leaves no floor behind',
    plant: node =>
      eachCopy(node, copy => {
        Object.defineProperty(copy, 'clearVersion', { get: () => ({ h: 0, origin: 0, flags: 0 }) })
        replace(copy, 'clear', original => (h: never, origin: never) => {
          const floor = h as unknown as number
          return floor % 2 === 0 ? original(h, origin) : false
        })
      }),
  },
  notOpened: {
    what: 'holders do not send their operations to a node that loads, until the schema tells them',
    plant: ({ engine }) => {
      replace(engine.peers, 'opened', () => () => {})
      replace(engine.repairer, 'repair', () => async () => {})
      replace(engine.repairer, 'schedule', () => () => {})
    },
  },
  ackBeforeApply: {
    what: 'operations are confirmed and then dropped, one frame in ten',
    plant: ({ engine, env }) =>
      replace(engine.inbox, 'apply', original => (id: never, head: never, body: never) => {
        if (env.random.uint32() % 10 !== 0) return original(id, head, body)
        const reader = body as unknown as BytesReader
        reader.count()
        const last = reader.count()
        engine.inbox.start(id, last + 1, 0)
        return last
      }),
  },
  invalidationLost: {
    what: 'a holder does not tell who caches its rows of changes that come from other nodes',
    plant: node =>
      eachCopy(node, copy => {
        replace(copy, 'listen', original => (listener: never) => {
          const inner = listener as unknown as {
            applied: (row: { origin: number }) => void
            constructor: { name: string }
          }
          if (inner.constructor.name !== 'CacheFeed') return original(listener)
          const applied = inner.applied.bind(inner)
          inner.applied = row => {
            if (node.engine.origins.nameOf(row.origin).startsWith(`${node.name}#`)) applied(row)
          }
          return original(listener)
        })
      }),
  },
  cacheNotDropped: {
    what: 'a write that arrives does not drop the key from the cache of decoded values',
    plant: node =>
      eachCopy(node, copy => {
        replace(copy, 'listen', original => (listener: never) => {
          const inner = listener as unknown as {
            applied: (row: unknown) => void
            constructor: { name: string }
          }
          if (inner.constructor.name === 'Object' && inner.applied.toString().includes('mayHold'))
            inner.applied = () => {}
          return original(listener)
        })
      }),
  },
  batchSplit: {
    what: 'an atomic setMany leaves as several operations',
    plant: ({ engine }) =>
      replace(engine.outbox, 'appendAll', () => (table: never, rows: never) => {
        for (const row of rows as unknown as Row[]) {
          engine.outbox.append(table, row)
          // Closes the frame.
          engine.outbox.segmentWith(engine.outbox.head)
        }
        return engine.outbox.head
      }),
  },
  ownerAnywhere: {
    what: 'every node decides conditional operations itself',
    plant: ({ engine, name }) => replace(engine.holders, 'owner', () => () => name),
  },
  lostAsFailure: {
    what: 'a write whose connection broke before the answer came is reported as not made',
    plant: ({ engine }) => {
      const planted = new WeakSet<object>()
      replace(engine.peers, 'replica', original => (node: never) => {
        const replica = original(node) as Replica
        if (replica.node === engine.standing.member.name || planted.has(replica)) return replica
        planted.add(replica)
        replace(
          replica,
          'issue',
          issue =>
            (...args: never[]) =>
              (issue(...args) as Promise<unknown>).catch(error => {
                Object.defineProperty(error, 'maybeApplied', { value: false })
                throw error
              }),
        )
        return replica
      })
    },
  },
}
