import type { World } from '../support/world.ts'
import type { StrongCluster } from './strong-cluster.ts'

/** True when every node is a member that follows one leader and has nearly everything, and no change is under way. */
export function isWhole(cluster: StrongCluster): boolean {
  const { living, leader, names } = cluster
  if (leader === undefined || living.length < names.length || cluster.hasLeavers) return false
  const { configuration, commit } = leader.group.consensus.state
  if (configuration === undefined || configuration.old !== undefined) return false
  const members = [...configuration.voters, ...configuration.learners]
  return living.every(
    ({ id, strong }) =>
      members.includes(id) &&
      strong.isMember &&
      // Who learns and was cut off believes in its leader all the time; what it asks counts once it has heard it again.
      strong.hasQuorum &&
      strong.applied >= commit - 5 &&
      strong.group.leader === leader.id,
  )
}

/** What each node believes, for who looks for what went wrong. */
export function describe({ living }: StrongCluster): string {
  return living
    .map(({ id, group }) => {
      const { role, term, commit, applied, configuration, log } = group.consensus.state
      return `${id} ${role} term ${term} commit ${commit} applied ${applied} last ${log.lastIndex} ${JSON.stringify(configuration)}`
    })
    .join('; ')
}

/** Lets time go on until the call ends, and gives what it gave. */
export async function within<T>(world: World, call: Promise<T>, what: string): Promise<T> {
  let isOver = false
  const end = () => {
    isOver = true
  }
  call.then(end, end)
  await world.until(() => isOver, 20_000, what)
  return call
}
