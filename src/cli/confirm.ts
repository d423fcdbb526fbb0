import { createInterface } from 'node:readline/promises'

/** Asks whoever sits at the terminal. Without one there is nobody to ask: scripts know what they do. */
export async function confirm(consequence: string): Promise<boolean> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return true
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await lines.question(`${consequence} Go on? [y/N] `)
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    lines.close()
  }
}
