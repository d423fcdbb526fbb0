import { MnemeshError } from '../../core/errors.ts'
import { nodeOf } from '../../membership/view.ts'
import type { MemberId } from '../consensus/types.ts'

/**
 * The error of a call that needs what those voters must agree on; `what` says what it means for the call. It names what
 * an operator can do, as the status of the cluster does.
 */
export function noQuorum(voters: readonly MemberId[], what: string): MnemeshError {
  const nodes = voters.map(nodeOf).sort()
  if (nodes.length === 0) return new MnemeshError('ERR_NO_QUORUM', `this node is in no group yet; ${what}`)
  return new MnemeshError(
    'ERR_NO_QUORUM',
    `no majority of the voters ${nodes.join(', ')} can be reached from this node; ${what}. The group goes on by itself ` +
      "when they are back; if those that are missing are gone for good: 'mnemesh recover --force' on the node that shall go on",
    { details: { voters: nodes } },
  )
}
