import { type Command, Option } from 'commander'
import type { Ack, MeshClient, TableInfo, TableOptions } from '../../client/index.ts'
import { confirm } from '../confirm.ts'
import type { ExitCode } from '../failure.ts'
import { ackOption } from '../key-option.ts'
import { readBytes, readCount, readDuration, readList } from '../readers.ts'
import { runVerb, type Shell, withClient } from '../shell.ts'
import { tableBlock } from '../status-text.ts'
import { tableText } from '../table-text.ts'

interface CreateOptions {
  readonly codec?: 'msgpack' | 'bytes'
  readonly copies?: string
  readonly ttl?: string
  readonly maxEntries?: string
  readonly maxBytes?: string
  readonly ack?: Ack
  readonly majority?: true
  readonly l1: boolean
}

export function addTable(program: Command): void {
  const table = program
    .command('table')
    .description('create, look at and drop tables and their copies')
    .helpCommand(false)
  addCreate(table)
  table
    .command('list')
    .description('all tables')
    .action((_, command: Command) => runVerb(command, list))
  table
    .command('info')
    .description('one table with its options and copies')
    .argument('<table>')
    .action((name: string, _, command: Command) => runVerb(command, shell => info(shell, name)))
  table
    .command('add-copy')
    .description('have a node hold a copy; it loads while the cluster goes on')
    .argument('<table>')
    .argument('<node>')
    .action((name: string, node: string, _, command: Command) =>
      runVerb(command, shell =>
        change(shell, `${node} adds a copy of table ${name}`, client =>
          client.admin.addCopy(name, node, shell.call),
        ),
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
  table
    .command('drop')
    .description('remove a table with all that is in it')
    .argument('<table>')
    .option('--yes', 'do not ask')
    .action((name: string, { yes }: { yes?: true }, command: Command) =>
      runVerb(command, shell => drop(shell, name, yes === true)),
    )
}

function addCreate(table: Command): void {
  table
    .command('create')
    .description('create a table, or find it with the same options')
    .argument('<table>')
    .addOption(
      new Option('--codec <codec>', 'plain data or bytes; default: msgpack').choices(['msgpack', 'bytes']),
    )
    .option('--copies <nodes>', 'all, or names of nodes by commas; default: all')
    .option('--ttl <time>', 'lifetime of every entry that has none of its own')
    .option('--max-entries <count>', 'entries at most; writes beyond are refused')
    .option('--max-bytes <bytes>', 'bytes at most; writes beyond are refused')
    .addOption(ackOption())
    .option('--majority', 'linearizable, with transactions: a majority of the nodes agrees on every write')
    .option('--no-l1', 'no cache of decoded values on the nodes')
    .action((name: string, options: CreateOptions, command: Command) =>
      runVerb(command, async (shell): Promise<ExitCode> => {
        const tableOptions = tableOptionsOf(options)
        const made = await withClient(shell, client =>
          client.admin.createTable(name, tableOptions, shell.call),
        )
        shell.out.say(`table ${name} is there`, made)
        return 0
      }),
    )
}

function tableOptionsOf(options: CreateOptions): TableOptions {
  const { codec, copies, ttl, maxEntries, maxBytes, ack, majority, l1 } = options
  return {
    codec,
    ack,
    majority,
    copies: copies === undefined || copies === 'all' ? copies : readList(copies, '--copies'),
    ttl: ttl === undefined ? undefined : readDuration(ttl, '--ttl'),
    maxEntries: maxEntries === undefined ? undefined : readCount(maxEntries, '--max-entries'),
    maxBytes: maxBytes === undefined ? undefined : readBytes(maxBytes, '--max-bytes'),
    l1: l1 ? undefined : false,
  }
}

async function list(shell: Shell): Promise<ExitCode> {
  const tables = await withClient(shell, client => client.admin.tables(shell.call))
  const sorted: TableInfo[] = tables.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  shell.out.say(sorted.length === 0 ? 'no tables' : tableBlock(sorted, shell.out.paint), sorted)
  return 0
}

async function info(shell: Shell, name: string): Promise<ExitCode> {
  const table = await withClient(shell, client => client.admin.tableInfo(name, shell.call))
  shell.out.say(tableText(table, shell.out.paint), table)
  return 0
}

async function drop(shell: Shell, name: string, yes: boolean): Promise<ExitCode> {
  if (!yes && !(await confirm(`Table ${name} and all that is in it goes.`)))
    return shell.refuse('nothing was done')
  return change(shell, `table ${name} is dropped`, client => client.admin.dropTable(name, shell.call))
}

async function change(
  shell: Shell,
  done: string,
  make: (client: MeshClient) => Promise<void>,
): Promise<ExitCode> {
  await withClient(shell, make)
  shell.out.say(done, { done })
  return 0
}
