import type { Command } from 'commander'
import type { DumpInfo } from '../../client/index.ts'
import type { ExitCode } from '../failure.ts'
import { columns } from '../format.ts'
import { runVerb, type Shell, withClient } from '../shell.ts'

export function addDumps(program: Command): void {
  program
    .command('dumps')
    .description('rows that had no place when two groups merged: the list, or one as JSON lines')
    .argument('[dump]')
    .action((name: string | undefined, _, command: Command) =>
      runVerb(command, shell => (name === undefined ? list(shell) : show(shell, name))),
    )
}

async function list(shell: Shell): Promise<ExitCode> {
  const dumps = await withClient(shell, client => client.admin.dumps(shell.call))
  shell.out.say(
    dumps.length === 0 ? 'no dumps' : columns(['DUMP', 'GROUP', '>ROWS'], dumps.map(rowOf)),
    dumps,
  )
  return 0
}

function rowOf({ name, group, rows }: DumpInfo): string[] {
  return [name, group, String(rows)]
}

async function show(shell: Shell, name: string): Promise<ExitCode> {
  await withClient(shell, async client => {
    for await (const line of client.admin.dump(name)) await shell.out.stream(line, JSON.parse(line))
  })
  return 0
}
