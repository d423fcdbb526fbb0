import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { commandsOf, withOutputs } from './page.ts'

const usage = `npm run reliability -- [--only WORD]
Runs the commands of docs/reliability.md again, one after another, and puts what they print under each. With --only those
that contain the word. A command that fails leaves the page as it was. Exits 0 when the page is written, 1 when a command
failed, 2 for wrong use.`

const file = join(import.meta.dirname, '../../docs/reliability.md')

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { only: { type: 'string', default: '' }, help: { type: 'boolean', default: false } },
  })
  const page = readFileSync(file, 'utf8')
  const commands = commandsOf(page).filter(command => command.includes(values.only))
  if (values.help || commands.length === 0) {
    console.log(usage)
    return values.help ? 0 : 2
  }
  const printed = new Map<string, string>()
  for (const command of commands) {
    console.error(`$ ${command}`)
    const output = await outputOf(command)
    if (output === undefined) {
      console.error(`it failed; ${file} is as it was`)
      return 1
    }
    printed.set(command, output)
  }
  // Read again: others may have run other commands of the page meanwhile.
  writeFileSync(file, withOutputs(readFileSync(file, 'utf8'), printed))
  return 0
}

// What it prints, without what npm says before; progress goes to those who wait.
async function outputOf(command: string): Promise<string | undefined> {
  const [program = '', ...args] = command.split(' ')
  const child = spawn(program, ['--silent', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const printed = (await text(child.stdout)).trim()
  const [code] = await closed
  if (code === 0) return printed
  console.error(printed)
  return undefined
}

process.exitCode = await main()
