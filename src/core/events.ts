import type { Cancel, Clock, Environment } from './environment.ts'
import type { HealCounts, Receipt } from './inspection.ts'
import type { OnMerge } from './schema.ts'

/** `info`: as it should be. `warn`: degraded, and handled. `error`: a promise was broken, or may have been. */
export type EventLevel = 'info' | 'warn' | 'error'

interface EventKind<Fields> {
  readonly level: EventLevel
  /** What the log says. */
  readonly message: string
  /** Never set: carries the types. */
  readonly fields?: Fields
}

/** Bytes that tables and what belongs to them use, and the limit. */
type MemoryFields = { usedBytes: number; maxBytes: number }

const info = <F>(message: string): EventKind<F> => ({ level: 'info', message })
const warn = <F>(message: string): EventKind<F> => ({ level: 'warn', message })
const error = <F>(message: string): EventKind<F> => ({ level: 'error', message })

type HealCounted = Pick<HealCounts, 'pushed' | 'pulled' | 'overwrittenHere' | 'overwrittenThere'>
type HealSample = readonly Pick<Receipt, 'table' | 'key' | 'wins'>[]

/** Every event, and what it says beyond its head. A new one is a line here and an `emit` where it is known first. */
export const eventKinds = {
  // What the listener did not hear, because it was too slow or was not connected.
  missed: warn<{ count: number }>('events were missed'),
  'member-up': info<{ member: string; address: string }>('member up'),
  'member-suspect': info<{ member: string }>('member does not answer'),
  'member-dead': warn<{ member: string }>('member lost'),
  'member-left': info<{ member: string }>('member left'),
  'member-restarted': warn<{ member: string; address: string }>('member restarted'),
  'partition-suspected': warn<{ unreachable: readonly string[]; fraction: number }>(
    'the network is cut, or many members failed at once',
  ),
  // What comparisons of this node with those that returned gave and took, and some of the keys.
  'partition-healed': info<
    HealCounted & { durationMs: number; returned: readonly string[]; sample: HealSample }
  >('the network is whole again, and copies were compared'),
  'strong-leader': info<{ leader: string; term: number }>('the group has a leader'),
  'strong-config': info<{ group: string; voters: readonly string[]; learners: readonly string[] }>(
    'the group has these members',
  ),
  'strong-quorum-lost': warn<{ group: string; voters: readonly string[] }>(
    'the group cannot decide: more than half of its voters are out of reach',
  ),
  'strong-quorum-regained': info<{ group: string; ms: number }>('the group can decide again'),
  'group-conflict': warn<{ group: string; other: string; stays: boolean }>(
    'two groups met, and one gives way',
  ),
  'duplicate-name': error<{ why: string }>('node stopped itself'),
  'dump-written': error<{ name: string; group: string; generation: number; rows: number }>(
    'rows were dropped by a merge and kept in a dump',
  ),
  'clock-skew': warn<{ offsetMs: number }>("this node's clock differs from those of the others"),
  'clock-agreed': info<{ offsetMs: number }>("this node's clock agrees with those of the others again"),
  'copy-loading': info<{ table: string }>('table copy began to load'),
  'copy-active': info<{ table: string; rows: number; ms: number }>('table copy active'),
  'data-loss-possible': warn<{
    reason: 'no-copy-left' | 'table-dropped' | 'copy-removed' | 'recovered'
    table?: string
    rows?: number
  }>('what only others had, or what was set aside, may be lost'),
  'invariant-violation': error<{ what: string; table?: string; member?: string; rows?: number }>(
    'what must not be was found: a defect, please report it',
  ),
  expelled: warn<{ table: string; rows: number; reason: 'silent' | 'merged' }>(
    'others went on without this copy: it is loaded anew, and what only it had is brought back',
  ),
  // `dropped`: something newer had replaced them. `discarded`: they gave way by the rule of the table. `merged`: by its
  // function.
  rejoined: info<{
    table: string
    rule: OnMerge
    reissued: number
    dropped: number
    orphans: number
    discarded: number
    merged: number
  }>('rows set aside were brought back, as far as the table wants them'),
  'merge-failed': error<{ table: string; rule: string; rows: number; why: string }>(
    'rows written on the smaller side of a split could not be merged, and are kept in a dump',
  ),
  'ae-repaired': info<{ table: string; member: string; rows: number }>('copies repaired'),
  'resurrect-blocked': warn<{ table: string; member: string; rows: number }>(
    'rows that every copy had, and that were deleted here, came from another copy and were refused',
  ),
  'tombstone-pressure': warn<{ table: string; tombstones: number }>(
    'deletes of a table take much memory, because a copy that cannot be reached is waited for',
  ),
  'memory-pressure': warn<MemoryFields>("this node's memory is short: tables that evict make room"),
  'memory-full': warn<MemoryFields>("this node's memory is full: entries are refused"),
  'memory-relieved': info<MemoryFields>("this node's memory has room again"),
  'peer-lagging': warn<{ member: string }>('a peer missed operations that are not kept any more'),
  // `calls`: more came than could be handled. `outbox`: this node wrote more than any other one took.
  overload: warn<{ resource: 'calls' | 'outbox' }>(
    'calls are refused: there are more than this node can handle',
  ),
  'overload-ended': info<{ resource: 'calls' | 'outbox' }>('no more calls are refused'),
  'copy-dropped': info<{ table: string }>('table copy dropped'),
} as const

export type EventName = keyof typeof eventKinds

/** What an event of that name says. */
export type EventFields<N extends EventName> = Readonly<NonNullable<(typeof eventKinds)[N]['fields']>>

interface EventHead<N> {
  readonly type: N
  readonly level: EventLevel
  /** Unix ms, by the clock of the node. */
  readonly at: number
  /** The node that tells. */
  readonly node: string
  /** Counts the events of one process from 1; 0 for `missed`, which is none of them. */
  readonly sequence: number
}

type EventsByName = { readonly [N in EventName]: EventHead<N> & EventFields<N> }

/** Something that happened, as one node saw it. */
export type ClusterEvent<N extends EventName = EventName> = EventsByName[N]

/** How often each event happened; those that never did are absent. */
export type EventCounts = Readonly<Record<string, number>>

export interface EventListener {
  heard(event: ClusterEvent): void
  /** Nothing comes any more. */
  ended(): void
}

/** What stands in the place of events that a listener was not told. */
export function missedEvents(count: number, node: string, clock: Clock): ClusterEvent<'missed'> {
  return { type: 'missed', level: 'warn', at: clock.wall(), node, sequence: 0, count }
}

/** So many are remembered for who asks later, the oldest go first. */
const remembered = 500

/**
 * What happens on this node: told to the log and to whoever listens, remembered for a while, counted. Listeners are
 * called once the present turn is over, so that none of them runs in the middle of what it is told of.
 */
export class Events {
  readonly #env: Environment
  readonly #node: string
  readonly #counts = new Map<EventName, number>()
  readonly #recent: ClusterEvent[] = []
  readonly #listeners = new Set<EventListener>()
  #untold: ClusterEvent[] = []
  #sequence = 0

  constructor(env: Environment, node: string) {
    this.#env = env
    this.#node = node
  }

  /** Since this process started. */
  get counts(): EventCounts {
    return Object.fromEntries(this.#counts)
  }

  emit<N extends EventName>(type: N, fields: EventFields<N>): void {
    const { level, message } = eventKinds[type]
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1)
    this.#env.log[level]({ event: type, ...fields }, message)
    const head: EventHead<N> = {
      ...{ type, level, at: this.#env.clock.wall(), node: this.#node, sequence: ++this.#sequence },
    }
    // The compiler cannot follow a name to its fields through a type parameter.
    const event = { ...head, ...fields } as unknown as ClusterEvent
    if (this.#recent.push(event) > remembered) this.#recent.shift()
    if (this.#listeners.size === 0) return
    if (this.#untold.push(event) === 1) this.#env.timers.soon(() => this.#tell())
  }

  /** How many there were since this process started. */
  get sequence(): number {
    return this.#sequence
  }

  /** Those remembered, oldest first. */
  recent(): readonly ClusterEvent[] {
    return [...this.#recent]
  }

  /**
   * Tells the listener of all events that come, until the function is called. With `after`, first of those remembered
   * beyond that sequence.
   */
  follow(after: number | undefined, listener: EventListener): Cancel {
    // It hears of what happened before from memory, or not at all.
    this.#tell()
    const since = after ?? this.#sequence
    const oldest = this.#sequence - this.#recent.length
    if (since < oldest) listener.heard(missedEvents(oldest - since, this.#node, this.#env.clock))
    for (const event of this.#recent) if (event.sequence > since) listener.heard(event)
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Tells what there is to tell, and that it was the last. */
  close(): void {
    this.#tell()
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const listener of listeners) listener.ended()
  }

  #tell(): void {
    const events = this.#untold
    this.#untold = []
    for (const event of events)
      for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener.heard(event)
  }
}
