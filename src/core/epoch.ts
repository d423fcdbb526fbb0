/** The state of schema, copy sets and members under which a frame was sent (protocol D-3). */
export interface Epoch {
  /** The first 32 bits of the strong group's id, 0 for none: epochs of different groups have no order. */
  readonly group: number
  readonly generation: number
  /** Of the entry in the group's log that last changed any of them. */
  readonly index: number
}

export const noEpoch: Epoch = { group: 0, generation: 0, index: 0 }

const maxU32 = 0xffff_ffff

/** The epoch of that group, whose id is in hex digits, '' before there is one. */
export function epochOf(group: string, generation: number, index: number): Epoch {
  const tag = Number.parseInt(group.slice(0, 8), 16)
  return { group: Number.isNaN(tag) ? 0 : tag, generation: Math.min(generation, maxU32), index }
}

/** The earlier one of two states of the same group; undefined of different ones. */
export function earlier(a: Epoch, b: Epoch): Epoch | undefined {
  if (a.group !== b.group) return undefined
  return isLater(a, b) ? b : a
}

/** True when `a` is a later state of the same group than `b`. */
export function isLater(a: Epoch, b: Epoch): boolean {
  if (a.group !== b.group || a.group === 0) return false
  return a.generation === b.generation ? a.index > b.index : a.generation > b.generation
}
