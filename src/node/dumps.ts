import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { dumpHeadOf, type RowDump } from '../coordination/state/row-dump.ts'
import { show } from '../core/duration.ts'
import type { Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import type { DumpInfo } from '../core/status.ts'

/** Dumps that are kept in memory, besides the last one, take so much at most. */
const keptBytes = 64 * 1024 * 1024
const ofDump = /^[0-9a-f]+-\d+(-\d+)?\.jsonl$/

/** A dump of rows that a merge of two groups had no place for (see `NodeOptions.dumpDir`). */
export interface KeptDump extends DumpInfo {
  /** Its JSON lines. */
  lines(): Iterable<string>
}

export interface DumpsOptions {
  /** Files are written here; undefined for memory. */
  readonly folder: string | undefined
  /** Name of the node, by which its files begin. */
  readonly node: string
  /** One is kept, under that name. */
  readonly written: (dump: DumpInfo) => void
}

/** Keeps what a merge drops: in files of that folder, else in memory, the last ones. */
export class Dumps {
  readonly #env: Environment
  readonly #folder: string | undefined
  readonly #prefix: string
  readonly #written: (dump: DumpInfo) => void
  #kept: { readonly name: string; readonly dump: RowDump }[] = []
  readonly #ofGroup = new Map<string, number>()
  #count = 0

  constructor(env: Environment, { folder, node, written }: DumpsOptions) {
    this.#env = env
    this.#written = written
    this.#folder = folder
    this.#prefix = `${node.replace(/:/g, '-')}-`
  }

  /** Those in memory, oldest first; one that is in a file is not among them any more. */
  get kept(): KeptDump[] {
    return this.#kept.map(({ name, dump }) => ({ ...infoOf(name, dump), lines: () => dump.lines() }))
  }

  /** All of this node: those in memory and those in its files, also of former lives. */
  async list(): Promise<DumpInfo[]> {
    const out: DumpInfo[] = []
    for (const name of await this.#files()) {
      for await (const line of linesOf(name)) {
        const head = dumpHeadOf(line)
        // Anything else may lie there, too.
        if (head !== undefined) out.push({ name, ...head })
        break
      }
    }
    return [...out, ...this.#kept.map(({ name, dump }) => infoOf(name, dump))]
  }

  /** The JSON lines of one that `list` tells of; no other file is read. Throws ERR_INVALID_ARGUMENT. */
  async *read(name: string): AsyncGenerator<string> {
    const kept = this.#kept.find(each => each.name === name)
    if (kept !== undefined) yield* kept.dump.lines()
    else if ((await this.#files()).includes(name)) yield* linesOf(name)
    else
      throw new MnemeshError(
        'ERR_INVALID_ARGUMENT',
        `this node has no dump ${show(name)}; 'mnemesh dumps' lists those that it has`,
      )
  }

  /** Tells its name. Never fails: what cannot be written stays in memory. */
  keep(dump: RowDump): void {
    const { group, rows, generation } = dump
    const name = `memory:${++this.#count}`
    this.#kept.push({ name, dump })
    if (this.#folder === undefined) this.#written(infoOf(name, dump))
    else {
      const file = this.#fileOf(this.#folder, `${this.#prefix}${group}-${generation}`)
      this.#write(file, dump).then(
        () => {
          this.#kept = this.#kept.filter(each => each.dump !== dump)
          this.#written(infoOf(file, dump))
        },
        err => {
          this.#env.log.error({ err, file, group, rows }, 'dump could not be written and stays in memory')
          this.#written(infoOf(name, dump))
        },
      )
    }
    let bytes = 0
    const last = this.#kept.length - 1
    for (let i = last; i >= 0; i--) {
      bytes += this.#kept[i].dump.bytes
      if (i === last || bytes <= keptBytes) continue
      const dropped = this.#kept.splice(0, i + 1).map(each => each.name)
      this.#env.log.error({ dropped }, 'older dumps given up to keep newer ones; set dumpDir to keep all')
      return
    }
  }

  // Of one group there may be several, of tables that had no place in it one after the other.
  #fileOf(folder: string, group: string): string {
    const earlier = this.#ofGroup.get(group) ?? 0
    this.#ofGroup.set(group, earlier + 1)
    return join(folder, `${group}${earlier === 0 ? '' : `-${earlier + 1}`}.jsonl`)
  }

  // In a folder that is not there yet nothing was written yet.
  async #files(): Promise<string[]> {
    if (this.#folder === undefined) return []
    const folder = this.#folder
    const names = await readdir(folder).catch(() => [])
    const prefix = this.#prefix
    const own = names.filter(name => name.startsWith(prefix) && ofDump.test(name.slice(prefix.length)))
    return own.sort().map(name => join(folder, name))
  }

  async #write(file: string, dump: RowDump): Promise<void> {
    await mkdir(this.#folder ?? '.', { recursive: true })
    const lines = function* () {
      for (const line of dump.lines()) yield `${line}\n`
    }
    // Whole or not there.
    const part = `${file}.part`
    await pipeline(Readable.from(lines()), createWriteStream(part, { mode: 0o600 }))
    await rename(part, file)
  }
}

function infoOf(name: string, { group, generation, rows }: RowDump): DumpInfo {
  return { name, group, generation, rows }
}

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })
}
