import { once } from 'node:events'
import { styleText } from 'node:util'
import { toJson } from './values.ts'

export type Colour = 'green' | 'yellow' | 'red' | 'dim' | 'bold'

/** Gives a text a colour, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string

export const unpainted: Paint = (_, text) => text

export interface OutputOptions {
  readonly json: boolean
  readonly isTerminal: boolean
  readonly colours: boolean
}

/** Where verbs write what they found: text for people, or with `--json` one line of JSON. */
export class Output {
  readonly json: boolean
  /** Somebody is looking: what was written may be redrawn. */
  readonly isTerminal: boolean
  readonly paint: Paint

  constructor({ json, isTerminal, colours }: OutputOptions) {
    this.json = json
    this.isTerminal = isTerminal && !json
    this.paint = colours && !json ? (colour, text) => styleText(colour, text) : unpainted
  }

  /** Writes the text, or the value as JSON. */
  say(text: string, value: unknown): void {
    process.stdout.write(`${this.json ? toJson(value) : text}\n`)
  }

  /** The same for many: no faster than they are read. */
  async stream(text: string, value: unknown): Promise<void> {
    const line = `${this.json ? toJson(value) : text}\n`
    if (!process.stdout.write(line)) await once(process.stdout, 'drain')
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array | string): void {
    process.stdout.write(bytes)
  }
}

/** Colours only where somebody looks and did not ask for none (no-color.org). */
export function processOutput(json: boolean): Output {
  const isTerminal = process.stdout.isTTY === true
  const { NO_COLOR, TERM } = process.env
  const colours = isTerminal && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb'
  return new Output({ json, isTerminal, colours })
}
