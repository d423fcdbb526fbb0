import { invariant } from '../core/invariant.ts'
import { freeWith, type Piece, slabMemory } from './slab-memory.ts'

/**
 * Memory for records outside the V8 heap: the garbage collector sees a few buffers, not a million objects.
 *
 * A log of slabs. New records go to the end of the newest slab; a freed record leaves a hole; when holes make up
 * more than a quarter (an eighth where memory is short), every allocation pays for moving a few live records out of the emptiest slab, until that
 * slab can be used again (log-structured memory: Rumble et al., FAST 2014). So there is no pause to compact.
 *
 * Records are measured in units of 8 bytes. An address is one unsigned 32-bit number: slab * 2^17 + unit; 0 is none.
 */
export const slabShift = 17
export const unitMask = (1 << slabShift) - 1
const slabUnits = 1 << slabShift
const firstSlabUnits = 2048
const maxSlabs = 1 << (32 - slabShift)
/** A record above this gets a slab of its own. */
const largeUnits = slabUnits / 4
/** One unit of so many may be a hole; of so many where memory is short, which has more moved. */
const holesOneIn = 4
const fewHolesOneIn = 8

/** One buffer, seen as bytes, as 32-bit words and as floats; index words with `unit * 2`, floats with `unit`. */
export interface Slab {
  readonly bytes: Buffer
  readonly words: Uint32Array
  readonly floats: Float64Array
  /** Units handed out so far, from the start; what lies behind is untouched. */
  used: number
  /** Units of records that are still in use. */
  live: number
  readonly capacity: number
  readonly piece: Piece
}

/** What the arena must know of the records in it, to move them. */
export interface Records {
  /** Length in units of the record at `unit`. */
  unitsAt(slab: Slab, unit: number): number
  isFreed(slab: Slab, unit: number): boolean
  markFreed(slab: Slab, unit: number): void
  /** The record at address `from` now stands at address `to`. */
  moved(slab: Slab, unit: number, from: number, to: number): void
}

export class Arena {
  readonly slabs: Slab[] = []
  readonly #records: Records
  readonly #vacant: number[] = []
  // Of all slabs, to be given back.
  readonly #pieces = new Set<Piece>()
  #head = -1
  #victim = -1
  #cursor = 0
  #capacity = 0
  #live = 0
  #holesOneIn = holesOneIn

  constructor(records: Records) {
    this.#records = records
    freeWith(this, this.#pieces)
  }

  /** Bytes taken from the system. */
  get capacityBytes(): number {
    return this.#capacity * 8
  }

  /** Bytes of records in use. */
  get liveBytes(): number {
    return this.#live * 8
  }

  /** What would be taken from the system with few holes, if records of so many bytes were in use. */
  settledBytes(liveBytes: number): number {
    const head = this.slabs[this.#head]
    const roomBytes = head === undefined ? 0 : (head.capacity - head.used) * 8
    return Math.min(this.capacityBytes, (liveBytes * fewHolesOneIn) / (fewHolesOneIn - 1) + roomBytes)
  }

  /** Whether few holes matter more than few moves. */
  set isShort(isShort: boolean) {
    this.#holesOneIn = isShort ? fewHolesOneIn : holesOneIn
  }

  /** Room for a record of that many units. The record must be complete before the next call. */
  allocate(units: number): number {
    if (this.#isSparse()) this.compact(units * this.#holesOneIn + 32)
    return this.#take(units)
  }

  /** Gives all memory back: neither the arena nor a window on it may be used any more. */
  dispose(): void {
    for (const { free } of this.#pieces) free()
    this.#pieces.clear()
    this.slabs.length = 0
  }

  free(address: number): void {
    const index = address >>> slabShift
    const unit = address & unitMask
    const slab = this.slabs[index]
    const units = this.#records.unitsAt(slab, unit)
    this.#records.markFreed(slab, unit)
    slab.live -= units
    this.#live -= units
    if (slab.live === 0) this.#release(index, slab)
  }

  /** Moves live records out of the emptiest slab for about `budget` units of work. False when there is nothing to gain. */
  compact(budget: number): boolean {
    if (this.#victim < 0 && !(this.#isSparse() && this.#chooseVictim())) return false
    const records = this.#records
    let left = budget
    while (left > 0 && this.#victim >= 0) {
      const slab = this.slabs[this.#victim]
      if (this.#cursor >= slab.used) {
        this.#victim = -1
        return true
      }
      const unit = this.#cursor
      const units = records.unitsAt(slab, unit)
      this.#cursor += units
      left -= 4
      if (records.isFreed(slab, unit)) continue
      left -= units
      this.#move(slab, unit, units)
    }
    return true
  }

  // The end of the head, still to be used, is no hole.
  #isSparse(): boolean {
    const head = this.slabs[this.#head]
    if (head === undefined) return false
    const used = this.#capacity - head.capacity + head.used
    const holes = used - this.#live
    return holes > firstSlabUnits && holes * this.#holesOneIn > used
  }

  #move(slab: Slab, unit: number, units: number): void {
    const from = this.#victim * slabUnits + unit
    const to = this.#take(units)
    const target = this.slabs[to >>> slabShift]
    target.floats.set(slab.floats.subarray(unit, unit + units), to & unitMask)
    this.#records.moved(target, to & unitMask, from >>> 0, to)
    this.free(from >>> 0)
  }

  // The emptiest slab, if moving it out gains at least an eighth of it; the head only when it is mostly holes. The unused
  // end of a slab is gained only where what is live fits behind the head: elsewhere it would get such an end again, and
  // rows of half a slab would be moved for ever.
  #chooseVictim(): boolean {
    let best = -1
    let bestShare = 0.875
    const head = this.slabs[this.#head]
    if (head.used * 2 > head.capacity && head.live * 2 < head.used) this.#openHead(1)
    const { capacity, used } = this.slabs[this.#head]
    const room = capacity - used
    for (let index = 0; index < this.slabs.length; index++) {
      const slab = this.slabs[index]
      if (slab === undefined || index === this.#head || slab.capacity > slabUnits) continue
      const fits = slab.live <= room
      const share = slab.live / (fits ? slab.capacity : slab.used)
      if (share < bestShare) {
        best = index
        bestShare = share
      }
    }
    this.#victim = best
    this.#cursor = 1
    return best >= 0
  }

  #take(units: number): number {
    if (units > largeUnits) return this.#place(this.#add(createSlab(units + 1)), units)
    const head = this.#head
    if (head >= 0 && this.slabs[head].used + units <= this.slabs[head].capacity)
      return this.#place(head, units)
    this.#openHead(units)
    // The former head was spared while it was the head; if it emptied meanwhile it can go now.
    if (head >= 0 && this.slabs[head]?.live === 0) this.#release(head, this.slabs[head])
    return this.#place(this.#head, units)
  }

  #openHead(units: number): void {
    this.#head = this.#add(createSlab(this.#nextSize(units)))
  }

  #place(index: number, units: number): number {
    const slab = this.slabs[index]
    const unit = slab.used
    slab.used += units
    slab.live += units
    this.#live += units
    return (index * slabUnits + unit) >>> 0
  }

  // Small tables have small slabs, so that half-empty ones cost them little.
  #nextSize(units: number): number {
    let size = firstSlabUnits
    while (size < slabUnits && (size < units + 1 || size * 8 < this.#live)) size *= 2
    return size
  }

  #add(slab: Slab): number {
    const index = this.#vacant.pop() ?? this.slabs.length
    invariant(index < maxSlabs, 'an arena holds at most 32,768 slabs')
    this.slabs[index] = slab
    this.#pieces.add(slab.piece)
    this.#capacity += slab.capacity
    return index
  }

  #release(index: number, slab: Slab): void {
    if (index === this.#victim) this.#victim = -1
    if (index === this.#head) {
      slab.used = 1
      return
    }
    this.#capacity -= slab.capacity
    // A hole, not a value: `delete` would turn the array into a dictionary.
    this.slabs[index] = undefined as unknown as Slab
    this.#vacant.push(index)
    this.#pieces.delete(slab.piece)
    slab.piece.free()
  }
}

// Unit 0 stays unused, so that no address is 0.
function createSlab(units: number): Slab {
  const piece = slabMemory.take(units * 8)
  const { buffer, offset } = piece
  return {
    bytes: Buffer.from(buffer, offset, units * 8),
    words: new Uint32Array(buffer, offset, units * 2),
    floats: new Float64Array(buffer, offset, units),
    used: 1,
    live: 0,
    capacity: units,
    piece,
  }
}
