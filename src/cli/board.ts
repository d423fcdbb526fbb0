import { stripVTControlCharacters } from 'node:util'

const upAndClear = (rows: number) => (rows > 0 ? `\x1b[${rows}A\r\x1b[J` : '\r\x1b[J')

/** A text on the terminal that is drawn over its last state. */
export class Board {
  readonly #stream: NodeJS.WriteStream
  #rows = 0

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  draw(text: string): void {
    this.#stream.write(`${upAndClear(this.#rows)}${text}\n`)
    const width = this.#stream.columns || 80
    this.#rows = text
      .split('\n')
      .reduce((rows, line) => rows + Math.max(1, Math.ceil(stripVTControlCharacters(line).length / width)), 0)
  }
}
