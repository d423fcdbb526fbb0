import type { Command } from 'commander'
import type { MeshClient } from '../../client/index.ts'
import type { ExitCode } from '../failure.ts'
import { type LoadWatched, loadedText, watchLoad } from '../load-watch.ts'
import { runVerb, type Shell, withClient } from '../shell.ts'

/** The verbs that say which nodes hold a copy. */
export function addCopies(table: Command): void {
  table
    .command('add-copy')
    .description('have a node hold a copy; it loads while the cluster goes on')
    .argument('<table>')
    .argument('<node>')
    .option('--wait', 'show how far it is, until it is complete')
    .action((name: string, node: string, { wait }: { readonly wait?: true }, command: Command) =>
      runVerb(command, shell => addCopy(shell, { table: name, node }, wait === true)),
    )
  table
    .command('move-copy')
    .description(
      'have a node hold a copy in the place of another one, which serves until the new one is complete',
    )
    .argument('<table>')
    .argument('<from>')
    .argument('<to>')
    .action((name: string, from: string, to: string, _, command: Command) =>
      runVerb(command, shell =>
        change(shell, `${to} holds the copy of table ${name} that ${from} had`, async client => {
          const moved = client.admin.moveCopy(name, { from, to }, shell.call)
          await withProgress(shell, client, { table: name, node: to, moved })
        }),
      ),
    )
  table
    .command('remove-copy')
    .description('have a node give up its copy')
    .argument('<table>')
    .argument('<node>')
    .action((name: string, node: string, _, command: Command) =>
      runVerb(command, shell =>
        change(shell, `${node} gives up its copy of table ${name}`, client =>
          client.admin.removeCopy(name, node, shell.call),
        ),
      ),
    )
}

async function addCopy(shell: Shell, of: LoadWatched, wait: boolean): Promise<ExitCode> {
  const { table, node } = of
  if (!wait)
    return change(shell, `${node} adds a copy of table ${table}`, client =>
      client.admin.addCopy(table, node, shell.call),
    )
  const loaded = await withClient(shell, async client => {
    await client.admin.addCopy(table, node, shell.call)
    return watchLoad(shell.out, client, of)
  })
  const done = `${node} holds a copy of table ${table}`
  shell.out.say(`${done}: ${loadedText(loaded)}`, { done, ...loaded })
  return 0
}

// What goes wrong is told by the call that is waited for.
async function withProgress(
  shell: Shell,
  client: MeshClient,
  of: LoadWatched & { readonly moved: Promise<void> },
): Promise<void> {
  const controller = new AbortController()
  const watched = watchLoad(shell.out, client, { ...of, signal: controller.signal }).catch(() => {})
  try {
    await of.moved
  } finally {
    controller.abort()
    await watched
  }
}

/** Has a node make a change, and says that it is done. */
export async function change(
  shell: Shell,
  done: string,
  make: (client: MeshClient) => Promise<void>,
): Promise<ExitCode> {
  await withClient(shell, make)
  shell.out.say(done, { done })
  return 0
}
