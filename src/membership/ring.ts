import HashRing from 'hashring'

// Not the default of 40, with which hashring loses points at some sizes (index.js:129; its pull request 45).
const pointsPerNode = 160
// Added to each name, none of which ends in it: hashring keeps the points of each node in a plain object
// (connection-parse), in which one named `__proto__` would have none.
const mark = '='
// A node that is away for a while leaves the ring and takes its old place in it: the last few rings are kept.
const kept = new Map<string, readonly (readonly string[])[]>()
const maxKept = 8

/**
 * For each partition all nodes in the order in which the consistent hash ring meets them. Adding a node changes only
 * what that node takes over. One look-up per partition and membership change; never one per operation.
 */
export function ringOrders(names: readonly string[], partitions: number): readonly (readonly string[])[] {
  if (names.length === 0) return Array.from({ length: partitions }, () => [])
  const sorted = [...names].sort()
  const key = JSON.stringify([partitions, sorted])
  const known = kept.get(key)
  if (known !== undefined) return known
  const orders = derive(sorted, partitions)
  const [oldest] = kept.keys()
  if (kept.size >= maxKept && oldest !== undefined) kept.delete(oldest)
  kept.set(key, orders)
  return orders
}

function derive(sorted: readonly string[], partitions: number): string[][] {
  const points = Object.fromEntries(sorted.map(name => [name + mark, { vnodes: pointsPerNode }]))
  const ring = new HashRing(points, 'md5')
  // Only `range` is used: `get` keeps a cache in a plain object that a key named `__proto__` pollutes.
  return Array.from({ length: partitions }, (_, partition) =>
    ring.range(`partition-${partition}`, sorted.length).map(point => point.slice(0, -mark.length)),
  )
}
