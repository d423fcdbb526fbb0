import type { Configuration, MemberId } from './types.ts'

/** Every member that the log is sent to, each once. */
export function membersOf(configuration: Configuration): MemberId[] {
  const { voters, old, learners } = configuration
  return [...new Set([...voters, ...(old ?? []), ...learners])]
}

/** True when the member takes part in decisions. */
export function isVoter(configuration: Configuration | undefined, member: MemberId): boolean {
  if (configuration === undefined) return false
  return configuration.voters.includes(member) || configuration.old?.includes(member) === true
}

/** True when those for whom `has` holds are a majority of the voters, and of the old ones while two sets hold. */
export function isQuorum(configuration: Configuration, has: (member: MemberId) => boolean): boolean {
  const { voters, old } = configuration
  return isMajority(voters, has) && (old === undefined || isMajority(old, has))
}

/** The highest number that a quorum has reached, given how far each member is. */
export function reachedByQuorum(configuration: Configuration, reached: (member: MemberId) => number): number {
  const { voters, old } = configuration
  const one = reachedByMajority(voters, reached)
  return old === undefined ? one : Math.min(one, reachedByMajority(old, reached))
}

/**
 * What follows on the way to the wanted one: the change itself where only learners differ, else first both sets of
 * voters together (joint consensus, Raft section 6).
 */
export function towards(
  present: Configuration,
  wanted: { voters: readonly MemberId[]; learners: readonly MemberId[] },
) {
  const { voters, learners } = wanted
  const same =
    voters.length === present.voters.length && voters.every(voter => present.voters.includes(voter))
  return { voters, old: same ? undefined : present.voters, learners }
}

function isMajority(members: readonly MemberId[], has: (member: MemberId) => boolean): boolean {
  let count = 0
  for (const member of members) if (has(member)) count++
  return count > members.length / 2
}

function reachedByMajority(members: readonly MemberId[], reached: (member: MemberId) => number): number {
  const sorted = members.map(reached).sort((a, b) => b - a)
  return sorted[members.length >> 1] ?? 0
}
