import type { Cancel } from '../core/environment.ts'
import type { Member, View } from './view.ts'

export type SignListener = (sign: 'suspect' | 'left', member: Member) => void

/** Who is alive, as far as this node can tell. A hint: no verdict of it changes data by itself. */
export interface Membership {
  readonly self: Member
  readonly view: View
  /** How well this node hears, from 0 (well) to 8: by what it misses, by doubts in it, and by its own lateness. */
  readonly healthScore: number
  /** For each seed the member that answers there, this node included; undefined where none is known. */
  readonly seeds: readonly (Member | undefined)[]
  /** Calls the listener after every replacement of the view. */
  onChange(listener: (view: View, previous: View) => void): Cancel
  /** Calls the listener when a member does not answer, and when one says that it leaves, before the view changes. */
  onSign(listener: SignListener): Cancel
  /**
   * Calls the listener when another process with this node's name and a newer incarnation is in the cluster: this
   * one is the stale one and must stop with ERR_NAME_IN_USE.
   */
  onReplaced(listener: (newer: Member) => void): Cancel
  /** Asks the given seeds (`host:port` or `dns:name:port`) now and from then on, so that islands merge. */
  join(seeds: readonly string[]): void
  /** Tells the others and stops. Idempotent. */
  leave(): Promise<void>
}
