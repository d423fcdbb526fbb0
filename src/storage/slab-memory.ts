import { invariant } from '../core/invariant.ts'

const blockBytes = 64 * 1024
const regionBlocks = 640

/** Untouched memory of a region is not resident; what was used once is, until the whole region is given up. */
const blockStates = { untouched: 0, used: 1, idle: 2 } as const

/** A part of a buffer, for one slab. */
export interface Piece {
  readonly buffer: ArrayBuffer
  readonly offset: number
  /** Gives it back: nobody may use it any more. */
  readonly free: () => void
}

/**
 * Memory for the slabs of all arenas, cut from buffers of 40 MiB. An allocator keeps most of what is given back to it piece by
 * piece: glibc maps by itself only what is larger than anything freed before, up to 32 MiB. A larger buffer is mapped and
 * unmapped as a whole, and takes no memory where it was never written. So memory that one table no longer needs goes to the
 * next one or back to the system, and how much is resident is known.
 */
export class SlabMemory {
  #regions: readonly Region[] = []

  /** Bytes that are resident, in use by no arena, and taken first. */
  get idleBytes(): number {
    return this.#regions.reduce((sum, { idle }) => sum + idle, 0) * blockBytes
  }

  take(bytes: number): Piece {
    const count = Math.ceil(bytes / blockBytes)
    // Small tables: an allocator is good at that.
    if (bytes < blockBytes || count > regionBlocks)
      return { buffer: new ArrayBuffer(bytes), offset: 0, free: () => {} }
    for (const region of this.#regions) {
      const first = region.take(count)
      if (first >= 0) return this.#piece(region, first, count)
    }
    const region = new Region()
    this.#regions = [...this.#regions.filter(({ isGone }) => !isGone), region]
    return this.#piece(region, region.take(count), count)
  }

  #piece(region: Region, first: number, count: number): Piece {
    let isFree = false
    const free = () => {
      if (isFree) return
      isFree = true
      region.give(first, count)
    }
    return { buffer: region.hold(), offset: first * blockBytes, free }
  }
}

// Without a block in use it waits for the garbage collector, or to be used again, whichever comes first.
class Region {
  #buffer: ArrayBuffer | undefined = new ArrayBuffer(regionBlocks * blockBytes)
  readonly #ref = new WeakRef(this.#buffer as ArrayBuffer)
  readonly #blocks = new Uint8Array(regionBlocks)
  #used = 0
  #idle = 0

  get isGone(): boolean {
    return this.#buffer === undefined && this.#ref.deref() === undefined
  }

  get idle(): number {
    return this.isGone ? 0 : this.#idle
  }

  /** What blocks that were taken are cut from. */
  hold(): ArrayBuffer {
    this.#buffer ??= this.#ref.deref()
    invariant(this.#buffer !== undefined, 'blocks are taken of a region that is there')
    return this.#buffer
  }

  /** First of so many blocks in a row; -1 where there are not so many. */
  take(count: number): number {
    if (regionBlocks - this.#used < count || this.isGone) return -1
    let run = 0
    for (let at = 0; at < regionBlocks; at++) {
      run = this.#blocks[at] === blockStates.used ? 0 : run + 1
      if (run === count) return this.#use(at - count + 1, count)
    }
    return -1
  }

  give(first: number, count: number): void {
    this.#blocks.fill(blockStates.idle, first, first + count)
    this.#used -= count
    this.#idle += count
    if (this.#used === 0) this.#buffer = undefined
  }

  #use(first: number, count: number): number {
    for (let at = first; at < first + count; at++) if (this.#blocks[at] === blockStates.idle) this.#idle--
    this.#blocks.fill(blockStates.used, first, first + count)
    this.#used += count
    return first
  }
}

/** That of this process. */
export const slabMemory = new SlabMemory()

// An arena that nobody needs any more is not told so everywhere.
const forgotten = new FinalizationRegistry<Set<Piece>>(pieces => {
  for (const { free } of pieces) free()
})

/** When the arena is garbage, its pieces are given back. */
export function freeWith(arena: object, pieces: Set<Piece>): void {
  forgotten.register(arena, pieces)
}
