import type { LogEntry } from '../../../src/coordination/consensus/types.ts'
import { decodeRequest, encodeRequest } from '../../../src/coordination/state/command-codec.ts'
import type { Transaction } from '../../../src/coordination/state/commands.ts'
import { MnemeshError } from '../../../src/core/errors.ts'
import { tableBugs } from './bugs-tables.ts'
import type { StrongCluster } from './strong-cluster.ts'
import type { StrongNode } from './strong-node.ts'

export interface StrongBug {
  readonly what: string
  readonly plant: (node: StrongNode, cluster: StrongCluster) => void
  /** A seed that is known to notice it; undefined when only a directed test does. */
  readonly seed: number | undefined
  /** The scene that shows it, where seeds hardly do. */
  readonly scene?: string
  /** It changes nothing of what members make of an entry, and is noticed against the model of that. */
  readonly model?: boolean
}

/**
 * Rules of the protocol taken out of a process, to prove that the laws notice. Private fields are out of reach: a
 * defect is planted where parts meet, in public methods.
 */
export const strongBugs: Readonly<Record<string, StrongBug>> = {
  ...tableBugs,
  noReadCertify: {
    what: 'a transaction is made although what it read has changed since',
    seed: 1,
    plant: node => rewrite(node, command => ({ ...command, reads: [] })),
  },
  noRangeCertify: {
    what: 'a transaction is made although a range that it read has changed since',
    seed: 1,
    plant: node => rewrite(node, command => ({ ...command, ranges: [] })),
  },
  noFence: {
    what: 'a transaction is made although the lock that guards it is held by another',
    seed: 16,
    plant: node => rewrite(node, command => ({ ...command, guards: [] })),
  },
  noDedup: {
    what: 'a request that comes twice is run twice',
    seed: 3,
    plant: ({ state }) => {
      const { sessions } = state
      const [apply, resultOf] = [state.apply.bind(state), sessions.resultOf.bind(sessions)]
      let applying = false
      sessions.resultOf = (session, sequence) => (applying ? undefined : resultOf(session, sequence))
      state.apply = (index, entry) => {
        applying = true
        apply(index, entry)
        applying = false
      }
    },
  },
  ackBeforeCommit: {
    what: 'a leader decides what no other member has',
    seed: 4,
    plant: ({ group }) => {
      const { replication, state } = group.consensus
      const advance = replication.advance.bind(replication)
      replication.advance = () => {
        if (state.role === 'leader') state.commitTo(state.log.lastIndex)
        advance()
      }
    },
  },
  truncateAlways: {
    what: 'a follower cuts its log behind each message, though the message is old',
    seed: 11,
    plant: ({ group }) => {
      const { replication, state } = group.consensus
      const take = replication.take.bind(replication)
      replication.take = message => {
        take(message)
        const behind = message.previousIndex + message.entries.length + 1
        if (behind > state.log.base.index && behind <= state.log.lastIndex) state.log.truncateFrom(behind)
      }
    },
  },
  noJoint: {
    what: 'voters are exchanged in one step',
    seed: 3,
    plant: ({ group }) => {
      const { consensus } = group
      const step = consensus.step.bind(consensus)
      consensus.step = (input, now) => {
        if (input.kind !== 'configure' || !consensus.canConfigure) return step(input, now)
        const { state, replication } = consensus
        const { voters, learners } = input
        const entry: LogEntry = {
          ...{ term: state.term, kind: 'configuration', atMs: Math.max(state.log.lastAtMs, now.wallMs) },
          ...{ configuration: { voters, old: undefined, learners }, payload: Buffer.alloc(0) },
        }
        state.log.append(entry)
        replication.beat(now.ms)
        return step({ kind: 'flush' }, now)
      }
    },
  },
  voteNoLogCheck: {
    what: 'a member votes for one that lacks what it has',
    seed: 3,
    plant: ({ group }) => {
      group.consensus.election.isUpToDate = () => true
    },
  },
  voteTwice: {
    what: 'a member forgets for whom it voted',
    seed: 9,
    plant: ({ group }) => {
      const { election, state } = group.consensus
      const vote = election.vote.bind(election)
      election.vote = (from, message, nowMs) => {
        if (state.role === 'follower') state.votedFor = undefined
        vote(from, message, nowMs)
      }
    },
  },
  localRead: {
    what: 'a leader answers reads without asking whether it still leads',
    seed: 1,
    plant: ({ group }) => {
      group.consensus.reads.isConfirmed = () => true
    },
  },
  copyRead: {
    what: 'a member answers reads by what it happens to have applied',
    seed: 1,
    plant: ({ strong }) => {
      strong.barrier = async () => {}
    },
  },
  amnesia: {
    what: 'a process that restarts goes by the identity of the one before',
    seed: 3,
    plant: (_, cluster) => {
      cluster.start = name => cluster.startAs(`${name}#0001`)
    },
  },
  readNoNoop: {
    what: 'a new leader answers reads before it knows all that was decided',
    seed: undefined,
    scene: 'read at once',
    plant: ({ group }) => {
      const { replication, state } = group.consensus
      Object.defineProperty(replication, 'isSettled', { get: () => state.role === 'leader' })
    },
  },
  commitOldTerm: {
    what: 'a leader decides entries of earlier terms by counting who has them',
    seed: undefined,
    scene: 'figure 8',
    plant: ({ group }) => {
      group.consensus.replication.mayDecide = () => true
    },
  },
  lostAsFailure: {
    what: 'a request whose answer never came is reported as not done',
    seed: 11,
    plant: ({ strong }) => {
      const submit = strong.submit.bind(strong)
      strong.submit = (command, call) =>
        submit(command, call).catch(error => {
          throw MnemeshError.is(error) ? new MnemeshError('ERR_NO_QUORUM', error.message) : error
        })
    },
  },
}

// Every member of a run has the same defect, so their states stay equal.
function rewrite({ state }: StrongNode, change: (command: Transaction) => Transaction): void {
  const apply = state.apply.bind(state)
  state.apply = (index, entry) => {
    const request = entry.kind === 'command' ? decodeRequest(entry.payload) : undefined
    if (request?.command.kind !== 'transaction') return apply(index, entry)
    const payload = encodeRequest({ ...request, command: change(request.command) })
    apply(index, { ...entry, payload })
  }
}
