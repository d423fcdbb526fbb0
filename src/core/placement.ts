/**
 * Who serves a partition, given the nodes in the ring's order for it and the nodes that hold an active copy.
 * The owner (who runs what must be decided once) is the first holder in that order.
 */
export function holdersInOrder(ringOrder: readonly string[], holders: ReadonlySet<string>): string[] {
  return ringOrder.filter(node => holders.has(node))
}
