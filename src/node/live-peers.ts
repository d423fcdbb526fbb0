import type { Membership } from '../membership/membership.ts'
import { memberId, nodeOf, type View } from '../membership/view.ts'

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

/** Tells where a process that is believed alive, or this one, answers. */
export function addressIn(membership: Membership): (id: string) => string | undefined {
  return id => {
    const seen = membership.view.get(nodeOf(id))
    return seen !== undefined && memberId(seen) === id ? seen.address : undefined
  }
}
