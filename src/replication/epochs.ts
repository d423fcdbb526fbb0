import type { BytesReader } from '../core/bytes.ts'
import { malformed } from '../core/bytes.ts'
import type { Cancel, Timers } from '../core/environment.ts'
import { type Epoch, isLater, noEpoch } from '../core/epoch.ts'
import { frameKinds } from '../core/frame.ts'
import type { FrameSender } from '../wire/frame-sender.ts'
import type { Catalog } from './catalog.ts'
import { RecordsReader, recordFrames } from './schema-transfer.ts'

/** A peer that was asked and does not answer keeps nobody from asking another one. */
const answerTimeoutMs = 1000

/**
 * Keeps this node's schema as late as that of the peers it hears (protocol D-3): who is behind asks the peer for what
 * was agreed on, one peer at a time, and needs no leader for it.
 */
export class Epochs {
  readonly catalog: Catalog
  readonly cluster: string
  readonly #timers: Timers
  readonly #waiting = new Set<EpochExchange>()
  #asked: EpochExchange | undefined
  #timeout: Cancel | undefined

  constructor(timers: Timers, parts: { readonly catalog: Catalog; readonly cluster: string }) {
    this.#timers = timers
    this.catalog = parts.catalog
    this.cluster = parts.cluster
    parts.catalog.onChange(() => this.#settle())
  }

  /** Has the exchange ask its peer, soon or when others have not helped. */
  wait(exchange: EpochExchange): void {
    this.#waiting.add(exchange)
    this.#next()
  }

  /** The exchange has its answer, or needs none any more. */
  done(exchange: EpochExchange): void {
    this.#waiting.delete(exchange)
    if (this.#asked !== exchange) return
    this.#timeout?.()
    this.#asked = undefined
    this.#next()
  }

  // What one peer tells, or the log, is as a rule what the others would have told.
  #settle(): void {
    for (const exchange of [...this.#waiting]) if (this.#waiting.has(exchange)) exchange.settle()
  }

  #next(): void {
    if (this.#asked !== undefined) return
    const first = [...this.#waiting].find(exchange => exchange.isBehind)
    if (first === undefined) return
    this.#asked = first
    this.#timeout = this.#timers.after(answerTimeoutMs, () => {
      this.#asked = undefined
      this.#waiting.delete(first)
      this.wait(first)
    })
    first.ask()
  }
}

/** The epochs of the two ends of one wire: the end that is behind asks, the other one answers. */
export class EpochExchange {
  readonly #epochs: Epochs
  readonly #sender: FrameSender
  readonly #covered: () => void
  // What this end is behind of, and what the peer has answered for, however little that was.
  #wanted = noEpoch
  #answered = noEpoch
  #reader: RecordsReader | undefined

  /** `covered` is called when frames can be read that could not before. */
  constructor(epochs: Epochs, sender: FrameSender, covered: () => void) {
    this.#epochs = epochs
    this.#sender = sender
    this.#covered = covered
  }

  /** True while this node's schema is older than what came. */
  get isBehind(): boolean {
    return isLater(this.#wanted, this.#epochs.catalog.epoch)
  }

  /** True when this node's schema is as late as that of a frame that came. If not, it will be: see `covered`. */
  covers(epoch: Epoch): boolean {
    const present = this.#epochs.catalog.epoch
    if (!isLater(epoch, present)) return true
    if (epoch.group === this.#answered.group && !isLater(epoch, this.#answered)) return true
    if (epoch.group !== this.#wanted.group || isLater(epoch, this.#wanted)) {
      this.#wanted = epoch
      this.#epochs.wait(this)
    }
    return false
  }

  /** Takes the frames of the exchange itself; false for others. Throws ERR_FRAME_INVALID. */
  take(kind: number, body: BytesReader): boolean {
    if (kind === frameKinds.epochRequest) {
      for (const write of recordFrames(this.#epochs.catalog.records()))
        this.#sender.control(frameKinds.epochRecords, write)
    } else if (kind === frameKinds.epochRecords) this.#adopt(body)
    else return false
    return true
  }

  ask(): void {
    this.#reader ??= new RecordsReader(this.#epochs.cluster)
    this.#sender.control(frameKinds.epochRequest)
  }

  /** Nothing is waited for any more if this node has caught up. */
  settle(): void {
    if (this.isBehind) return
    this.#wanted = noEpoch
    this.#epochs.done(this)
    this.#covered()
  }

  close(): void {
    this.#epochs.done(this)
  }

  #adopt(body: BytesReader): void {
    if (this.#reader === undefined) throw malformed('records that nobody asked for')
    const records = this.#reader.take(body)
    if (records === undefined) return
    this.#reader = undefined
    const { catalog } = this.#epochs
    catalog.adopt(records)
    // It says that it knows more, and does not: its frames mean nothing. One of another group has left ours meanwhile.
    if (records.group === catalog.records().group && this.isBehind)
      throw malformed('records older than the frames that came before them')
    this.#answered = this.#wanted
    this.#wanted = noEpoch
    this.#epochs.done(this)
    this.#covered()
  }
}
