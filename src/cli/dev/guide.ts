import { setTimeout as pause } from 'node:timers/promises'
import { MnemeshError } from '../../client/index.ts'
import type { Output, Paint } from '../output.ts'

const lookEveryMs = 50
const timeoutMs = 15_000
const nameWidth = 8

/** Tells a demonstration, step by step. With `--json` each thing told is an object. */
export class Guide {
  readonly #out: Output
  #steps = 0

  constructor(out: Output) {
    this.#out = out
  }

  get paint(): Paint {
    return this.#out.paint
  }

  title(text: string): void {
    this.#out.say(`\n${this.paint('bold', text)}`, { title: text })
  }

  step(text: string): void {
    const step = ++this.#steps
    this.#out.say(`\n${this.paint('bold', `${step}  ${text}`)}`, { step, text })
  }

  /** What a node did or has. */
  line(node: string, text: string): void {
    this.#out.say(`   ${this.paint('dim', node.padEnd(nameWidth))}  ${text}`, { node, text })
  }

  /** Many lines that belong together. */
  block(text: string, value: unknown): void {
    this.#out.say(text.replace(/^/gm, '   '), value)
  }
}

/** A demonstration that shows something wrong is a failure. */
export function check(isTrue: boolean, what: string): void {
  if (!isTrue) throw new MnemeshError('ERR_INTERNAL', `the demonstration failed: ${what}`)
}

/** Looks until there is something to see. */
export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const began = performance.now()
  for (;;) {
    const seen = await look()
    if (seen !== undefined) return seen
    check(performance.now() - began < timeoutMs, `not within ${timeoutMs} ms: ${what}`)
    await pause(lookEveryMs)
  }
}

/** Starts a watch; ms since then, with one digit after the point below 10. */
export function since(): () => string {
  const began = performance.now()
  return () => {
    const ms = performance.now() - began
    return ms.toFixed(ms < 10 ? 1 : 0)
  }
}
