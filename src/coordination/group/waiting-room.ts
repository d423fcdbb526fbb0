import { MnemeshError } from '../../core/errors.ts'
import { nodeOf } from '../../membership/view.ts'
import type { MemberId } from '../consensus/types.ts'
import type { Heard } from './reformation.ts'

/** Why nobody takes this process in, as an error for whoever waits for it; undefined when no group was heard of. */
export function whyOutside(self: MemberId, heard: ReadonlyMap<MemberId, Heard>): MnemeshError | undefined {
  const members = [...heard.values()].map(({ greeting }) => greeting).filter(({ group }) => group !== '')
  const leader = members.find(({ leads }) => leads)
  if (leader !== undefined)
    return new MnemeshError(
      'ERR_UNAVAILABLE',
      `group ${leader.group} was found and did not take this node in in time; its leader's log says why`,
    )
  const [last] = members.sort((a, b) => b.voters.length - a.voters.length)
  if (last === undefined) return undefined
  const { group, voters } = last
  const here = new Set([self, ...heard.keys()].map(nodeOf))
  const nodes = voters.map(nodeOf).sort()
  const missing = nodes.filter(node => !here.has(node))
  const needed = Math.floor(voters.length / 2) + 1
  return new MnemeshError(
    'ERR_NO_QUORUM',
    `group ${group} was found and cannot take this node in: ${needed} of its ${voters.length} voters ` +
      `${nodes.join(', ')} must answer, and nothing is heard of ${missing.join(', ')}. Start what is missing; the group ` +
      "goes on, or forms anew, by itself. If it is gone for good run 'mnemesh recover --force' on one that is left: what " +
      'only the missing ones knew is lost then',
    { details: { group, voters: nodes, needed, missing } },
  )
}
