import type { Row } from '../core/entry.ts'
import { writeRow } from '../core/operation.ts'
import type { Origins } from '../core/version.ts'
import type { CopyListener, TableCopy } from '../storage/table.ts'
import type { Incoming } from '../wire/answerer.ts'
import { pushKinds } from './calls.ts'

/** Tells one caching node of every change in the partitions that it subscribed to. */
export class CacheFeed implements CopyListener {
  onClose: () => void = () => {}
  readonly #origins: Origins
  readonly #copy: TableCopy
  readonly #ended: () => void
  readonly #calls: (Incoming | undefined)[] = new Array(256).fill(undefined)

  constructor(origins: Origins, copy: TableCopy, ended: () => void) {
    this.#origins = origins
    this.#copy = copy
    this.#ended = ended
  }

  add(partition: number, call: Incoming): void {
    this.#calls[partition] = call
    call.onCancel(() => {
      if (this.#calls[partition] === call) this.#calls[partition] = undefined
      if (this.#calls.every(other => other === undefined)) this.close()
    })
  }

  applied(row: Row): void {
    this.#calls[row.hash >>> 24]?.push(push => {
      push.u8(pushKinds.changed)
      const { keyLength, valueLength } = row
      // The cache drops the value it has; it does not need the new one.
      row.keyLength = this.#copy.keyLengthOf(row)
      row.valueLength = 0
      writeRow(push, row, this.#origins)
      row.keyLength = keyLength
      row.valueLength = valueLength
    })
  }

  // An expiry is known to whoever caches the row: the instant came with it.
  expired(): void {}

  cleared(): void {
    const calls = this.#calls.splice(0, 256, ...new Array(256).fill(undefined))
    for (const call of calls) call?.push(push => push.u8(pushKinds.lost))
    this.close()
  }

  gone(): void {
    this.cleared()
  }

  close(): void {
    this.onClose()
    this.#ended()
  }
}
