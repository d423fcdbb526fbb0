import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { RowDump } from '../coordination/state/row-dump.ts'
import type { Environment } from '../core/environment.ts'

/** Dumps that are kept in memory, besides the last one, take so much at most. */
const keptBytes = 64 * 1024 * 1024

/** A dump of majority rows that a merge of two groups had to drop (see `NodeOptions.dumpDir`). */
export interface KeptDump {
  /** As the log names it: the file, or `memory:` and a number. */
  readonly name: string
  readonly group: string
  readonly rows: number
  /** Its JSON lines. */
  lines(): Iterable<string>
}

/** Keeps what a merge drops: in files of that folder, else in memory, the last ones. */
export class Dumps {
  readonly #env: Environment
  readonly #folder: string | undefined
  #kept: { readonly name: string; readonly dump: RowDump }[] = []
  #count = 0

  constructor(env: Environment, folder: string | undefined) {
    this.#env = env
    this.#folder = folder
  }

  /** Those in memory, oldest first; one that is in a file is not among them any more. */
  get kept(): KeptDump[] {
    return this.#kept.map(({ name, dump }) => ({
      ...{ name, group: dump.group, rows: dump.rows },
      lines: () => dump.lines(),
    }))
  }

  /** Names it in the log. Never fails: what cannot be written stays in memory. */
  keep(dump: RowDump, node: string): void {
    const { group, rows, generation } = dump
    const name = `memory:${++this.#count}`
    this.#kept.push({ name, dump })
    if (this.#folder === undefined) this.#tell(name, dump)
    else {
      const file = join(this.#folder, `${node.replace(/:/g, '-')}-${group}-${generation}.jsonl`)
      this.#write(file, dump).then(
        () => {
          this.#kept = this.#kept.filter(each => each.dump !== dump)
          this.#tell(file, dump)
        },
        err => {
          this.#env.log.error({ err, file, group, rows }, 'dump could not be written and stays in memory')
          this.#tell(name, dump)
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

  #tell(dump: string, { group, rows, generation }: RowDump): void {
    this.#env.log.error(
      { dump, group, rows, generation },
      'majority rows were dropped by a merge and kept in a dump',
    )
  }

  async #write(file: string, dump: RowDump): Promise<void> {
    await mkdir(this.#folder ?? '.', { recursive: true })
    const lines = function* () {
      for (const line of dump.lines()) yield `${line}\n`
    }
    await pipeline(Readable.from(lines()), createWriteStream(file, { mode: 0o600 }))
  }
}
