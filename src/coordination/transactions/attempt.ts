import { MnemeshError } from '../../core/errors.ts'
import type { Lifetime } from '../../core/operation.ts'
import { scanEnd } from '../../core/partition.ts'
import type { FencingToken, Guard } from '../state/commands.ts'
import { nameOf } from './by-key.ts'
import type { Context } from './context.ts'
import { whenKnown } from './snapshot.ts'
import type { Answer, Plan, ReadRow, StoredValue } from './source.ts'
import { Writes } from './writes.ts'

export interface AttemptOptions {
  /** From 1. */
  readonly attempt: number
  /** Why the one before was in vain. */
  readonly reason: MnemeshError | undefined
  readonly readOnly: boolean
}

/** An entry of a scan, encoded. */
export interface ScannedEntry {
  readonly key: Buffer
  readonly value: StoredValue
}

/**
 * One run of a transaction's closure, or of one nested in it: reads of one snapshot with its own writes on top, and
 * writes that are kept until the end.
 */
export class Attempt {
  readonly #context: Context
  readonly #options: AttemptOptions
  readonly #writes: Writes
  readonly #guards: Guard[] = []
  #ended = false

  constructor(context: Context, options: AttemptOptions, writes = context.writes) {
    this.#context = context
    this.#options = options
    this.#writes = writes
  }

  get attempt(): number {
    return this.#options.attempt
  }

  get reason(): MnemeshError | undefined {
    return this.#options.reason
  }

  /** What is to be committed. */
  get plan(): Plan {
    const { reads, ranges } = this.#context.snapshot.seen
    return { reads, ranges, guards: this.#guards, operations: this.#writes.operations() }
  }

  get isEmpty(): boolean {
    return this.#writes.size === 0 && this.#guards.length === 0
  }

  check(table: string): void {
    this.#context.source.check(table)
  }

  get(table: string, key: Buffer): Answer<StoredValue | undefined> {
    this.#checkOpen()
    const written = this.#writes.get(table, key)
    if (written !== undefined) return written.value
    const line = this.#context.before(table, [key])
    if (line !== undefined) return line.then(() => this.get(table, key))
    return whenKnown(this.#context.snapshot.read(table, [key]), ([row]) => row?.value)
  }

  /** In the order of the keys, read together. */
  getMany(table: string, keys: readonly Buffer[]): Answer<readonly (StoredValue | undefined)[]> {
    this.#checkOpen()
    const line = this.#context.before(table, keys)
    if (line !== undefined) return line.then(() => this.getMany(table, keys))
    if (this.#writes.isEmpty) return whenKnown(this.#context.snapshot.read(table, keys), valuesOf)
    const written = keys.map(key => this.#writes.get(table, key))
    const missing = keys.filter((_, i) => written[i] === undefined)
    const merge = (found: readonly ReadRow[]) => {
      let next = 0
      return written.map(own => (own === undefined ? found[next++]?.value : own.value))
    }
    if (missing.length === 0) return merge([])
    return whenKnown(this.#context.snapshot.read(table, missing), merge)
  }

  /** Every entry once, with the writes so far; of those that are added while it runs, none has to come. */
  async *scan(table: string, prefix: Buffer): AsyncGenerator<ScannedEntry> {
    this.#checkOpen()
    await this.#context.before(table, [])
    const added = new Map(
      this.#writes
        .of(table)
        .filter(({ key }) => key.subarray(0, prefix.length).equals(prefix))
        .map(operation => [nameOf(table, operation.key), operation]),
    )
    for (let cursor = 0; cursor !== scanEnd; ) {
      const page = await this.#page(table, cursor, prefix)
      cursor = page.next
      for (const { key, value } of page.rows) {
        added.delete(nameOf(table, key))
        const written = this.#writes.get(table, key)
        const present = written === undefined ? value : written.value
        if (present !== undefined) yield { key, value: present }
        this.#checkOpen()
      }
    }
    for (const { key } of added.values()) {
      const value = this.#writes.get(table, key)?.value
      if (value !== undefined) yield { key, value }
    }
  }

  set(table: string, key: Buffer, value: unknown, lifetime: Lifetime): void {
    this.#checkWritable()
    this.#writes.set(table, key, this.#context.source.encode(table, value), lifetime)
  }

  delete(table: string, key: Buffer): void {
    this.#checkWritable()
    this.#context.source.check(table)
    this.#writes.delete(table, key)
  }

  /** Commits only if that lock is still held under that token. */
  guard(lock: string, token: FencingToken): void {
    this.#checkWritable()
    this.#guards.push({ lock, token })
  }

  /** A transaction in this one: its reads count for this one, its writes once it is kept. */
  begin(): Attempt {
    this.#checkOpen()
    return new Attempt(this.#context, this.#options, new Writes(this.#writes))
  }

  /** Takes what the nested one has written. */
  keep(inner: Attempt): void {
    this.#checkOpen()
    this.#writes.merge(inner.#writes)
    this.#guards.push(...inner.#guards)
  }

  /** From now on every use fails. */
  end(): void {
    this.#ended = true
  }

  // Bytes of their own: whoever iterates goes on in later turns.
  #page(table: string, cursor: number, prefix: Buffer) {
    this.#checkOpen()
    return whenKnown(this.#context.snapshot.page(table, { cursor, prefix }), ({ rows, next }) => ({
      rows: rows.map(({ key, value: { bytes, codec } }) => ({
        key: Buffer.from(key),
        value: { bytes: Buffer.from(bytes), codec },
      })),
      next,
    }))
  }

  #checkWritable(): void {
    this.#checkOpen()
    if (this.#options.readOnly)
      throw new MnemeshError(
        'ERR_READ_ONLY',
        'a transaction with readOnly changes nothing; leave the option out',
      )
  }

  #checkOpen(): void {
    if (this.#ended)
      throw new MnemeshError(
        'ERR_INVALID_ARGUMENT',
        'a transaction was used after its end; await everything in it before it returns',
      )
    this.#context.check()
  }
}

function valuesOf(rows: readonly ReadRow[]): (StoredValue | undefined)[] {
  return rows.map(({ value }) => value)
}
