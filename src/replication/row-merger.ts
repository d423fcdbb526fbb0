import { decodeValue, ValueWriter } from '../core/codec.ts'
import { isVisible, Row, versionText } from '../core/entry.ts'
import type { Environment } from '../core/environment.ts'
import { MnemeshError, toMnemeshError } from '../core/errors.ts'
import { decodeKey } from '../core/key.ts'
import type { MergeFunction, MergeFunctions } from '../core/merge-functions.ts'
import type { Operation, Outcome } from '../core/operation.ts'
import { mergeFunctionOf } from '../core/schema.ts'
import type { Origins } from '../core/version.ts'
import type { HeldCopy } from '../storage/copies.ts'
import type { TableCopy } from '../storage/table.ts'
import type { Call } from '../wire/caller.ts'

const atOnce = 64
const maxAttempts = 20
const callTimeoutMs = 5000

export interface RowMergerParts {
  readonly functions: MergeFunctions
  readonly origins: Origins
  readonly maxValueBytes: number
  /** Has the key's owner decide it; what comes of it is in this node's copy then. */
  readonly decide: (copy: TableCopy, operation: Operation, call: Call) => Promise<Outcome>
}

/** What became of rows that a function was to merge. */
export interface Merged {
  readonly merged: number
  /** It threw, gave what is no value, or is not here. */
  readonly failed: readonly Row[]
  /** Why the first of them failed. */
  readonly why: MnemeshError | undefined
  /** The owner could not be asked: later again. */
  readonly left: readonly Row[]
}

/**
 * Merges rows that the smaller side of a split wrote by the function that the table names (D-18): what comes of it takes
 * the place of just that version from which it was made, by the owner's decision, so that it undoes nobody's write.
 */
export class RowMerger {
  readonly #env: Environment
  readonly #parts: RowMergerParts
  readonly #found = new Row()
  readonly #values = new ValueWriter()
  // What was sent for rows and not answered: it may have been done.
  readonly #unanswered = new WeakMap<Row, Operation>()

  constructor(env: Environment, parts: RowMergerParts) {
    this.#env = env
    this.#parts = parts
  }

  /** Takes rows with bytes of their own; the copy must be complete. Never rejects. */
  async mergeAll(held: HeldCopy, rows: readonly Row[]): Promise<Merged> {
    const failed: Row[] = []
    const left: Row[] = []
    let merged = 0
    let why: MnemeshError | undefined
    const one = async (row: Row) => {
      try {
        await this.#merge(held, row)
        merged++
      } catch (cause) {
        const error = toMnemeshError(cause)
        if (error.code !== 'ERR_BAD_TYPE') left.push(row)
        else {
          failed.push(row)
          why ??= error
        }
      }
    }
    for (let i = 0; i < rows.length; i += atOnce) await Promise.all(rows.slice(i, i + atOnce).map(one))
    return { merged, failed, why, left }
  }

  async #merge(held: HeldCopy, row: Row): Promise<void> {
    const call = { deadline: this.#env.clock.monotonic() + callTimeoutMs }
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const operation = this.#operation(held, row, attempt > 0)
      if (operation === undefined) return
      try {
        if ((await this.#parts.decide(held.copy, operation, call)).applied) return
      } catch (error) {
        if (MnemeshError.is(error) && error.maybeApplied) this.#unanswered.set(row, operation)
        throw error
      }
    }
    throw new MnemeshError('ERR_CONFLICT', `others write a key of table ${held.copy.name} without end`)
  }

  // Undefined where nothing has to be written, or what was sent without an answer is there. `isMet`: the owner has something
  // else than this copy had, which is in this copy by now.
  #operation({ copy }: HeldCopy, row: Row, isMet: boolean): Operation | undefined {
    const { keyBytes, keyStart, keyLength } = row
    const found = this.#found
    const wallMs = this.#env.clock.wall()
    const hash = copy.hashOf(keyBytes, keyStart, keyLength)
    const exists = copy.read(hash, keyBytes, keyStart, keyLength, found) && isVisible(found, wallMs)
    const present = exists ? bytesOf(found) : undefined
    const sent = this.#unanswered.get(row)
    if (sent !== undefined && isDone(sent, present)) return undefined
    if (isMet) this.#unanswered.delete(row)
    const value = this.#call(copy, present, row)
    if (value === undefined ? present === undefined : present?.equals(value) === true) return undefined
    const { h, origin, flags } = found
    const ends = [row.isDead ? undefined : row.expiresAt, exists ? found.expiresAt : undefined]
    return {
      ...{ kind: value === undefined ? 'delete' : 'set', by: 0, ack: 'one' },
      key: Buffer.from(keyBytes.subarray(keyStart, keyStart + keyLength)),
      value: value ?? Buffer.alloc(0),
      lifetime: lifetimeOf(ends, wallMs),
      condition: exists ? versionText(this.#parts.origins, h, origin, flags) : 'absent',
    }
  }

  // Throws ERR_BAD_TYPE for whatever the function does wrong.
  #call({ name, definition }: TableCopy, present: Buffer | undefined, row: Row): Buffer | undefined {
    const { codec, onMerge } = definition
    const { keyBytes, keyStart, keyLength } = row
    const merge = this.#functionOf(onMerge)
    try {
      const value = (bytes: Buffer | undefined) => bytes && decodeValue(bytes, 0, bytes.length, codec)
      const key = decodeKey(keyBytes, keyStart, keyStart + keyLength)
      if (merge === undefined) throw new Error('this node does not have it')
      const result = merge(value(present), row.isDead ? undefined : value(bytesOf(row)), key)
      if (result === undefined) return undefined
      const length = this.#values.write(result, codec, this.#parts.maxValueBytes)
      return Buffer.from(this.#values.bytes.subarray(0, length))
    } catch (cause) {
      const what = `merge function ${onMerge} of table ${name} failed: ${(cause as Error).message}`
      throw new MnemeshError('ERR_BAD_TYPE', what, { cause })
    }
  }

  #functionOf(onMerge: string): MergeFunction | undefined {
    const name = mergeFunctionOf(onMerge)
    const { functions } = this.#parts
    return name !== undefined && Object.hasOwn(functions, name) ? functions[name] : undefined
  }
}

function bytesOf({ valueBytes, valueStart, valueLength }: Row): Buffer {
  return Buffer.from(valueBytes.subarray(valueStart, valueStart + valueLength))
}

function isDone({ kind, value }: Operation, present: Buffer | undefined): boolean {
  return kind === 'delete' ? present === undefined : present?.equals(value) === true
}

// The longer of two lives; an instant of 0 is no end.
function lifetimeOf(ends: readonly (number | undefined)[], wallMs: number): Operation['lifetime'] {
  const known = ends.filter(end => end !== undefined)
  if (known.length === 0 || known.includes(0)) return 'forever'
  return Math.max(1, Math.max(...known) - wallMs)
}
