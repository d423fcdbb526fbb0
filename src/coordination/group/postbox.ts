import { BytesWriter } from '../../core/bytes.ts'
import type { MemberId } from '../consensus/types.ts'
import type { GroupMessage } from './group-message.ts'
import { writeGroupMessage } from './message-codec.ts'

/** Gathers what one turn of the event loop has to say to each process, behind the group in whose name it is said. */
export class Postbox {
  readonly #send: (to: MemberId, bytes: Buffer) => void
  readonly #letters = new Map<MemberId, { readonly writer: BytesWriter; group: string }>()

  constructor(send: (to: MemberId, bytes: Buffer) => void) {
    this.#send = send
  }

  add(to: MemberId, group: string, message: GroupMessage): void {
    let letter = this.#letters.get(to)
    if (letter === undefined) {
      letter = { writer: new BytesWriter(512), group }
      this.#letters.set(to, letter)
    }
    // Said in the name of another group: that is another letter.
    if (letter.group !== group) this.#post(to, letter.writer)
    letter.group = group
    if (letter.writer.length === 0) letter.writer.text(group)
    writeGroupMessage(letter.writer, message)
  }

  flush(): void {
    for (const [to, { writer }] of this.#letters) this.#post(to, writer)
    if (this.#letters.size > maxLetters) this.#letters.clear()
  }

  #post(to: MemberId, writer: BytesWriter): void {
    if (writer.length === 0) return
    this.#send(to, writer.copy())
    writer.reset()
  }
}

const maxLetters = 64
