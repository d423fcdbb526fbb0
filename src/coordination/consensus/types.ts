/**
 * What the members of the strong group say to each other and agree on. The group is one replicated log after Raft
 * (Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014; Ongaro's thesis for PreVote,
 * ReadIndex and joint consensus), kept in memory: a process that restarts is another member.
 */

/** `name#incarnation`: one process. Never used again once it is gone. */
export type MemberId = string

/** Who decides. While `old` is there a majority of both sets must agree (joint consensus). Learners follow. */
export interface Configuration {
  readonly voters: readonly MemberId[]
  readonly old: readonly MemberId[] | undefined
  readonly learners: readonly MemberId[]
}

/** One entry of the log; its index is its place. */
export interface LogEntry {
  readonly term: number
  readonly kind: 'noop' | 'configuration' | 'command'
  /** Clock of the leader that appended it, Unix ms; never less than that of the entry before it. */
  readonly atMs: number
  readonly configuration: Configuration | undefined
  /** An encoded command; empty for the other kinds. */
  readonly payload: Buffer
}

export type Message =
  | PreVote
  | PreVoteReply
  | Vote
  | VoteReply
  | Append
  | AppendReply
  | SnapshotChunk
  | SnapshotReply
  | TimeoutNow
  | Fetch
  | Fetched

interface Term {
  readonly term: number
}

export interface PreVote extends Term {
  readonly type: 'preVote'
  /** The term in which it would stand for election; nobody's term changes by it. */
  readonly nextTerm: number
  readonly lastIndex: number
  readonly lastTerm: number
}

export interface PreVoteReply extends Term {
  readonly type: 'preVoteReply'
  readonly nextTerm: number
  readonly granted: boolean
}

export interface Vote extends Term {
  readonly type: 'vote'
  readonly lastIndex: number
  readonly lastTerm: number
  /** Asked for by the leader itself, so that a living leader is no reason to refuse. */
  readonly transfer: boolean
}

export interface VoteReply extends Term {
  readonly type: 'voteReply'
  readonly granted: boolean
}

export interface Append extends Term {
  readonly type: 'append'
  readonly previousIndex: number
  readonly previousTerm: number
  readonly entries: readonly LogEntry[]
  readonly commit: number
  /** Number of the leader's round of messages, for reads. */
  readonly round: number
}

export interface AppendReply extends Term {
  readonly type: 'appendReply'
  readonly ok: boolean
  /** Ok: how far the logs are known to be equal. Else: the last entry that there is, below the one refused. */
  readonly index: number
  /** The `previousIndex` of the message that this answers. */
  readonly previousIndex: number
  readonly round: number
}

export interface SnapshotChunk extends Term {
  readonly type: 'snapshot'
  /** The last entry that the state contains. */
  readonly index: number
  readonly indexTerm: number
  readonly configuration: Configuration
  /** From 0. */
  readonly sequence: number
  readonly bytes: Buffer
  readonly done: boolean
  readonly round: number
}

export interface SnapshotReply extends Term {
  readonly type: 'snapshotReply'
  readonly index: number
  /** The chunk that the follower waits for. */
  readonly expected: number
  readonly round: number
}

export interface TimeoutNow extends Term {
  readonly type: 'timeoutNow'
}

/** Of a member that hears no leader: what was decided behind that index? */
export interface Fetch extends Term {
  readonly type: 'fetch'
  readonly index: number
}

export interface Fetched extends Term {
  readonly type: 'fetched'
  /** Decided, as all of the entries are. */
  readonly previousIndex: number
  readonly entries: readonly LogEntry[]
}

/** What the log is for. Applying is a pure function of state, index and entry: no clock, no chance, no waiting. */
export interface StateMachine {
  /** Entries come in order, each once, committed. */
  apply(index: number, entry: LogEntry): void
  /** The state as it is now, however much is applied while it is read. */
  snapshot(): SnapshotSource
  /** Takes in another member's state. Nothing changes before `done`, which replaces everything. */
  restore(): SnapshotSink
}

/** A state in pieces, each made when it is asked for. */
export interface SnapshotSource {
  /** About so many bytes; undefined after the last piece. */
  next(maxBytes: number): Buffer | undefined
  /** It is not read to its end. */
  close(): void
}

export interface SnapshotSink {
  /** Throws ERR_FRAME_INVALID for what no source made. */
  chunk(bytes: Buffer): void
  /** All pieces are there: the state as of that index takes the place of what was. */
  done(index: number): void
  close(): void
}
