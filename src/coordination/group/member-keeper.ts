import { nodeOf } from '../../membership/view.ts'
import type { Progress } from '../consensus/progress.ts'
import type { Configuration, MemberId } from '../consensus/types.ts'

/** What the leader knows of the members when it looks whether others should be. */
export interface MembersSeen {
  readonly self: MemberId
  readonly configuration: Configuration
  /** Processes that asked lately to be taken in, and are not, with their zones. */
  readonly seeking: ReadonlyMap<MemberId, string>
  /** Members that said that they leave. */
  readonly leaving: ReadonlySet<MemberId>
  /** Ms since the member last answered; 0 for the leader itself. */
  readonly silentMs: (member: MemberId) => number
  /** True when the member has nearly the whole log, and is there. */
  readonly isCaughtUp: (member: MemberId) => boolean
  readonly zoneOf: (member: MemberId) => string
  readonly maxVoters: number
}

const nearlyAll = 64

/** A voter that is silent for so long is replaced by a learner that has everything (D-10). */
export const replaceVoterAfterMs = 30_000
/** A member that is silent for so long is taken out, as long as those that are left can agree on it (S13). */
export const removeAfterMs = 600_000

/**
 * True when it has answered since then, monotonic ms, and has nearly everything. One that has nothing yet does not even
 * know that it is a member, and one that fell silent may be gone: with a vote, either could be what a quorum lacks.
 */
export function isCaughtUp(progress: Progress | undefined, commit: number, sinceMs: number): boolean {
  if (progress === undefined || progress.answeredAt < sinceMs) return false
  return progress.match > 0 && progress.match >= commit - nearlyAll
}

/** How many of so many nodes vote: an odd number, so that none of them is there for nothing. */
export function wantedVoters(nodes: number, maxVoters: number): number {
  const wanted = nodes <= 2 ? 1 : nodes <= 4 ? 3 : nodes <= 6 || maxVoters < 7 ? 5 : 7
  return Math.min(wanted, maxVoters)
}

/**
 * The next change of the configuration, or undefined when all is as it should be: newcomers learn first and vote when
 * they have everything; a new life of a node takes the place of the old one (S11); those who leave go (S14).
 */
export function nextConfiguration(seen: MembersSeen): Pick<Configuration, 'voters' | 'learners'> | undefined {
  const { voters: present, learners: following } = seen.configuration
  const everyone = [...new Set([...present, ...following, ...seen.seeking.keys()])]
  const staying = everyone.filter(member => stays(seen, member, everyone))
  const ready = following.filter(member => staying.includes(member) && seen.isCaughtUp(member))
  const nodes = new Set(staying.map(nodeOf)).size
  const voters = resize(seen, replace(seen, staying, ready), ready, wantedVoters(nodes, seen.maxVoters))
  const learners = staying.filter(member => !voters.includes(member))
  return equal(voters, present) && equal(learners, following) ? undefined : { voters, learners }
}

function stays(seen: MembersSeen, member: MemberId, everyone: readonly MemberId[]): boolean {
  if (seen.leaving.has(member)) return false
  if (everyone.some(other => nodeOf(other) === nodeOf(member) && other > member)) return false
  return member === seen.self || seen.seeking.has(member) || seen.silentMs(member) < removeAfterMs
}

// A voter that is gone votes on, in silence, until somebody who has everything can take its place.
function replace(seen: MembersSeen, staying: readonly MemberId[], ready: readonly MemberId[]): MemberId[] {
  const out: MemberId[] = []
  const isFree = (member: MemberId) =>
    !out.includes(member) && !seen.configuration.voters.some(voter => nodeOf(voter) === nodeOf(member))
  for (const voter of seen.configuration.voters) {
    const isSilent = voter !== seen.self && seen.silentMs(voter) >= replaceVoterAfterMs
    if (staying.includes(voter) && !isSilent) out.push(voter)
    else {
      const reborn = ready.find(member => nodeOf(member) === nodeOf(voter))
      out.push(reborn ?? ready.find(isFree) ?? voter)
    }
  }
  const left = out.filter(voter => !seen.leaving.has(voter) && !isRemovable(seen, voter, staying))
  return left.length > 0 ? left : out
}

function isRemovable(seen: MembersSeen, voter: MemberId, staying: readonly MemberId[]): boolean {
  return !staying.includes(voter) && seen.silentMs(voter) >= removeAfterMs
}

// Who came last goes first, but never the leader; newcomers of another zone come before those of the same.
function resize(
  seen: MembersSeen,
  voters: readonly MemberId[],
  ready: readonly MemberId[],
  wanted: number,
): MemberId[] {
  const out = [...voters]
  for (let i = out.length - 1; i >= 0 && out.length > wanted; i--) if (out[i] !== seen.self) out.splice(i, 1)
  while (out.length < wanted) {
    const nodes = new Set(out.map(nodeOf))
    const zones = new Set(out.map(seen.zoneOf))
    const open = ready.filter(member => !nodes.has(nodeOf(member)))
    const next = open.find(member => !zones.has(seen.zoneOf(member))) ?? open[0]
    if (next === undefined) break
    out.push(next)
  }
  return out
}

function equal(a: readonly MemberId[], b: readonly MemberId[]): boolean {
  return a.length === b.length && a.every((member, i) => member === b[i])
}
