import { membersOf } from '../../../src/coordination/consensus/configuration.ts'
import { decodeRequest } from '../../../src/coordination/state/command-codec.ts'
import type { Command } from '../../../src/coordination/state/commands.ts'
import { ownRow } from '../../../src/core/operation.ts'
import type { CopyListener, TableCopy } from '../../../src/storage/table.ts'
import type { StrongBug } from './bugs.ts'
import { nameOf } from './network.ts'
import type { StrongNode } from './strong-node.ts'

type Make<T> = (given: T) => T

/** Defects of what rows, watchers and a group without a quorum are promised. */
export const tableBugs: Readonly<Record<string, StrongBug>> = {
  expireAnyVersion: {
    what: 'a row that was written anew is removed because the one before it was due',
    seed: 12,
    plant: node =>
      around(node, 'expire', (index, { rows }, apply) => {
        apply()
        for (const { table, key } of rows) node.state.table(table)?.erase(key, index, node.state.clock)
      }),
  },
  localExpiry: {
    what: 'a member tells by its own clock whether the time of a row is over',
    seed: 1,
    plant: ({ strong, state, process }) => {
      const table = strong.table.bind(strong)
      strong.table = name => {
        const view = table(name)
        if (view === undefined) return undefined
        view.find = (key, into) => {
          const isHeld = state.table(name)?.find(key, into) === true
          return isHeld && (into.expiresAt === 0 || process.env.clock.wall() < into.expiresAt)
        }
        return view
      }
    },
  },
  clearLeavesRow: {
    what: 'a row survives a clear',
    seed: 13,
    plant: node =>
      around(node, 'clear', (index, { table: name }, apply) => {
        const table = node.state.table(name)
        const kept: ReturnType<typeof ownRow>[] = []
        table?.copy.scan(0, row => void kept.push(ownRow(row)))
        apply()
        for (const row of kept.slice(0, 1)) {
          const { keyBytes, keyStart, keyLength, ...value } = row
          const key = Buffer.from(keyBytes.subarray(keyStart, keyStart + keyLength))
          table?.put(index, node.state.clock, { ...value, key })
        }
      }),
  },
  eventLost: {
    what: 'a watcher is not told of every change',
    seed: 1,
    model: true,
    plant: node => {
      let changes = 0
      listening(node, listener => ({
        ...listener,
        applied: row => {
          if (++changes % 50 !== 0) listener.applied(row)
        },
      }))
    },
  },
  eventTwice: {
    what: 'a watcher is told of a change twice',
    seed: 1,
    model: true,
    plant: node => {
      let changes = 0
      listening(node, listener => ({
        ...listener,
        applied: row => {
          listener.applied(row)
          if (++changes % 50 === 0) listener.applied(row)
        },
      }))
    },
  },
  gapUntold: {
    what: 'a watcher is told that the table was cleared when changes were missed',
    seed: 1,
    model: true,
    plant: node => listening(node, listener => ({ ...listener, cleared: () => listener.cleared('clear') })),
  },
  reformWithout: {
    what: 'a group is formed anew without those who are only silent',
    seed: 1,
    plant: ({ strong: { formation }, group }) => {
      const receive = formation.receive.bind(formation)
      formation.receive = (from, message) => {
        receive(from, message)
        const { configuration } = group.consensus.state
        if (message.type !== 'greeting' || configuration === undefined) return
        for (const member of membersOf(configuration))
          if (member !== from && member !== group.self)
            receive(`${nameOf(member)}#9999`, { ...message, group: '' })
      }
    },
  },
  reformShortest: {
    what: 'a group is formed anew by any of those who are left, not by the one who has most',
    seed: 171,
    plant: ({ strong: { formation } }) => {
      const receive = formation.receive.bind(formation)
      formation.receive = (from, message) =>
        receive(from, message.type === 'greeting' ? { ...message, lastTerm: 0, lastIndex: 0 } : message)
    },
  },
  countsTwice: {
    what: 'a seed counts for every group that asks it',
    seed: 27,
    plant: ({ strong: { formation }, group }) => {
      const [receive, send] = [formation.receive.bind(formation), group.send.bind(group)]
      const asked = new Map<string, string>()
      formation.receive = (from, message) => {
        if (message.type === 'greeting') asked.set(from, message.asks)
        receive(from, message)
      }
      group.send = (to, message) =>
        send(
          to,
          message.type === 'greeting' ? { ...message, promised: asked.get(to) || message.promised } : message,
        )
    },
  },
  schemaForgotten: {
    what: 'a group that is formed anew knows of its tables what its log tells, and not what peers had told',
    seed: 10,
    plant: ({ group }) => {
      const propose = group.propose.bind(group)
      group.propose = command =>
        propose(command.kind === 'found' ? { ...command, tables: undefined } : command)
    },
  },
  generationStays: {
    what: 'a group that is formed anew keeps its generation and the place in its log',
    seed: 1,
    plant: ({ group }) => {
      const propose = group.propose.bind(group)
      group.propose = command => propose(command.kind === 'found' ? { ...command, generation: 1 } : command)
    },
  },
}

type Kind = Command['kind']

// Does something else with entries of that kind; `apply` is what would be done.
function around<K extends Kind>(
  { state }: StrongNode,
  kind: K,
  instead: (index: number, command: Extract<Command, { kind: K }>, apply: () => void) => void,
): void {
  const apply = state.apply.bind(state)
  state.apply = (index, entry) => {
    const command = entry.kind === 'command' ? decodeRequest(entry.payload).command : undefined
    if (command?.kind !== kind) return apply(index, entry)
    instead(index, command as Extract<Command, { kind: K }>, () => apply(index, entry))
  }
}

// Changes what listeners of the process's copies are told.
function listening({ copies }: StrongNode, change: Make<CopyListener>): void {
  const add = copies.add.bind(copies)
  copies.add = (copy: TableCopy, generation, active) => {
    const listen = copy.listen.bind(copy)
    copy.listen = listener => listen(change(listener))
    return add(copy, generation, active)
  }
}
