import { MnemeshError } from '../../core/errors.ts'
import { decodeKey, encodeKey, type Key, showKey } from '../../core/key.ts'
import type { Call } from '../../wire/caller.ts'
import type { RangeVersion, ReadVersion } from '../state/commands.ts'
import { ByKey } from './by-key.ts'
import { tooManyReads, transactionLimits } from './limits.ts'
import type {
  Answer,
  Changed,
  PageAnswer,
  ReadAnswer,
  ReadRow,
  ScanRequest,
  Seen,
  TransactionSource,
  Validation,
} from './source.ts'

/**
 * What one attempt has read, all of it as it was after one entry of the log (opacity): what is read later must have
 * been so then, or all that was read before must still be so now. Else the attempt is void, and whoever reads on in it
 * is told at once, so that nobody's code runs on values that never were together.
 */
export class Snapshot {
  readonly #source: TransactionSource
  readonly #call: Call
  readonly #reads = new ByKey<ReadVersion>()
  readonly #ranges: RangeVersion[] = []
  #index: number | undefined
  #atLeast: number
  #void: MnemeshError | undefined
  #extending: Promise<void> | undefined

  constructor(source: TransactionSource, call: Call, atLeast: number) {
    this.#source = source
    this.#call = call
    this.#atLeast = atLeast
  }

  /** Why this attempt must be made again. */
  get conflict(): MnemeshError | undefined {
    return this.#void
  }

  /** True while nothing was read. */
  get isEmpty(): boolean {
    return this.#index === undefined && this.#reads.size === 0
  }

  /** Voids the attempt: it has to be made again because of that. */
  giveUp(changed: Changed): MnemeshError {
    return this.#fail(changed)
  }

  get seen(): Seen {
    return { reads: this.#reads.items, ranges: this.#ranges }
  }

  /** The keys' bytes are kept. */
  read(table: string, keys: readonly Buffer[]): Answer<readonly ReadRow[]> {
    this.#check()
    const answer = this.#source.read(table, keys, this.#atLeast, this.#call)
    if (!(answer instanceof Promise)) return this.#takeRows(table, keys, answer)
    return answer.then(answer => this.#takeRows(table, keys, answer))
  }

  page(table: string, request: ScanRequest): Answer<PageAnswer> {
    this.#check()
    return whenKnown(this.#source.page(table, request, this.#atLeast, this.#call), answer =>
      this.#takePage(table, answer),
    )
  }

  /** Compares everything that was read with what is there as of that index, or later. */
  validate(atLeast: number): Answer<void> {
    return whenKnown(this.#source.validate(this.seen, atLeast, this.#call), answer => this.#settle(answer))
  }

  // An answer that comes while the snapshot moves is judged by where it has moved to.
  #takeRows(table: string, keys: readonly Buffer[], answer: ReadAnswer): Answer<readonly ReadRow[]> {
    if (this.#extending !== undefined) return this.#extending.then(() => this.#takeRows(table, keys, answer))
    this.#check()
    const { asOf, rows } = answer
    let isKnown = this.#isAt(asOf)
    for (let i = 0; i < rows.length; i++) {
      const { version } = rows[i]
      this.#note(table, keys[i], version)
      // Of what is absent nobody knows since when.
      if (version === 0 ? asOf !== this.#index : version > (this.#index ?? asOf)) isKnown = false
    }
    return isKnown ? rows : this.#reach(asOf, () => rows)
  }

  #takePage(table: string, answer: PageAnswer): Answer<PageAnswer> {
    if (this.#extending !== undefined) return this.#extending.then(() => this.#takePage(table, answer))
    this.#check()
    const { asOf, changedAt, rows } = answer
    const range = this.#ranges.find(range => range.table === table)
    // Pages that were read before are not the beginning of what is there now.
    if (range !== undefined && changedAt > range.asOf) throw this.#fail({ table, key: undefined })
    if (range === undefined) this.#ranges.push({ table, partition: undefined, asOf })
    for (const { key, version, ends } of rows) if (ends) this.#note(table, key, version)
    // Rows may have ended between two entries, which the table's version does not tell.
    return this.#isAt(asOf) && asOf === this.#index ? answer : this.#reach(asOf, () => answer)
  }

  #note(table: string, key: Buffer, version: number): void {
    const known = this.#reads.get(table, key)
    if (known !== undefined) {
      if (known.version !== version) throw this.#fail({ table, key })
      return
    }
    if (this.#reads.size >= transactionLimits.reads) throw tooManyReads()
    this.#reads.add({ table, key, version })
  }

  // The first answer is where the snapshot begins; one of an earlier state than the snapshot's proves nothing.
  #isAt(asOf: number): boolean {
    this.#index ??= asOf
    return asOf >= this.#index
  }

  #reach<T>(asOf: number, take: () => T): Answer<T> {
    const validated = this.validate(Math.max(asOf, this.#index ?? 0))
    if (!(validated instanceof Promise)) return take()
    const extending = validated.finally(() => {
      if (this.#extending === extending) this.#extending = undefined
    })
    this.#extending = extending
    return extending.then(take)
  }

  #settle({ asOf, changed }: Validation): void {
    this.#check()
    if (changed !== undefined) throw this.#fail(changed)
    this.#index = Math.max(asOf, this.#index ?? 0)
    this.#atLeast = this.#index
  }

  #check(): void {
    if (this.#void !== undefined) throw this.#void
  }

  #fail(changed: Changed): MnemeshError {
    this.#void ??= conflictOf(changed)
    return this.#void
  }
}

/** The error that says what another writer has changed. */
export function conflictOf({ table, key }: Changed): MnemeshError {
  const what =
    key === undefined ? `table ${table}` : `${showKey(decodeKey(key, 0, key.length))} in table ${table}`
  return new MnemeshError('ERR_CONFLICT', `${what} was changed by somebody else meanwhile`, {
    details: key === undefined ? { table } : { table, key: decodeKey(key, 0, key.length) },
  })
}

/** What that error of `conflictOf` says. */
export function changedOf({ details }: MnemeshError): Changed {
  const key = details?.key as Key | undefined
  return { table: String(details?.table), key: key === undefined ? undefined : encodeKey(key) }
}

/** Goes on at once where the answer is at hand. */
export function whenKnown<T, U>(answer: Answer<T>, next: (value: T) => Answer<U>): Answer<U> {
  return answer instanceof Promise ? answer.then(next) : next(answer)
}
