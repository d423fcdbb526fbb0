import type { Membership } from '../membership/membership.ts'
import { memberId, type View } from '../membership/view.ts'

/** Gives the ids of the other processes that are believed alive. Asked for many times between two changes of the view. */
export function livePeers(membership: Membership): () => readonly string[] {
  let seen: View | undefined
  let ids: readonly string[] = []
  return () => {
    const { view, self } = membership
    if (view !== seen) ids = view.members.filter(({ name }) => name !== self.name).map(memberId)
    seen = view
    return ids
  }
}
