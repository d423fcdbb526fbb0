import { type Command, Option } from 'commander'
import type { Ack, TableChange, TableInfo, TableOptions } from '../../client/index.ts'
import { confirm } from '../confirm.ts'
import type { ExitCode } from '../failure.ts'
import { ackOption } from '../key-option.ts'
import { readBytes, readCount, readDuration, readList } from '../readers.ts'
import { runVerb, type Shell, withClient } from '../shell.ts'
import { tableBlock } from '../status-text.ts'
import { tableText } from '../table-text.ts'
import { addCopies, change } from './table-copies.ts'
import { addVerify } from './table-verify.ts'

interface CreateOptions {
  readonly type?: TableOptions['type']
  readonly codec?: 'msgpack' | 'bytes'
  readonly copies?: string
  readonly ttl?: string
  readonly idle?: string
  readonly maxEntries?: string
  readonly maxBytes?: string
  readonly eviction?: TableOptions['eviction']
  readonly ack?: Ack
  readonly majority?: true
  readonly onMerge?: TableOptions['onMerge']
  readonly l1: boolean
}

interface ChangeOptions {
  readonly ttl?: string
  readonly maxEntries?: string
  readonly maxBytes?: string
  readonly eviction?: TableOptions['eviction']
  readonly ack?: Ack
  readonly onMerge?: TableOptions['onMerge']
  readonly l1?: boolean
}

export function addTable(program: Command): void {
  const table = program
    .command('table')
    .description('create, look at and drop tables and their copies')
    .helpCommand(false)
  addCreate(table)
  addChange(table)
  table
    .command('list')
    .description('all tables')
    .action((_, command: Command) => runVerb(command, list))
  table
    .command('info')
    .description('one table with its options and copies')
    .argument('<table>')
    .action((name: string, _, command: Command) => runVerb(command, shell => info(shell, name)))
  addCopies(table)
  addVerify(table)
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
    .addOption(new Option('--type <type>', 'what a key has; default: set').choices(['set', 'counter']))
    .addOption(
      new Option('--codec <codec>', 'plain data or bytes; default: msgpack').choices(['msgpack', 'bytes']),
    )
    .option('--copies <nodes>', 'all, or names of nodes by commas; default: all')
    .option('--ttl <time>', 'lifetime of every entry that has none of its own')
    .option('--idle <time>', 'the same, from when an entry was written or read last')
    .option('--max-entries <count>', 'entries at most')
    .option('--max-bytes <bytes>', 'bytes at most')
    .addOption(evictionOption())
    .addOption(ackOption())
    .option('--majority', 'linearizable, with transactions: a majority of the nodes agrees on every write')
    .addOption(mergeOption())
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

function addChange(table: Command): void {
  table
    .command('change')
    .description("change a table's options while it is used; none takes a limit away")
    .argument('<table>')
    .option('--ttl <time>', 'lifetime of entries written from now on, or none')
    .option('--max-entries <count>', 'entries at most, or none')
    .option('--max-bytes <bytes>', 'bytes at most, or none')
    .addOption(evictionOption())
    .addOption(ackOption())
    .addOption(mergeOption())
    .option('--l1', 'the usual cache of decoded values on the nodes')
    .option('--no-l1', 'no such cache')
    .action((name: string, options: ChangeOptions, command: Command) =>
      runVerb(command, async (shell): Promise<ExitCode> => {
        const wanted = tableChangeOf(options)
        const changed = await withClient(shell, client => client.admin.changeTable(name, wanted, shell.call))
        shell.out.say(`table ${name} is changed`, changed)
        return 0
      }),
    )
}

function evictionOption(): Option {
  return new Option('--eviction <how>', 'what a full table does: refuse writes, or make room').choices([
    'none',
    'lru',
    'tinylfu',
  ])
}

function mergeOption(): Option {
  const what =
    'of what the smaller side of a split wrote: newest, majority, reload, or a function of the nodes'
  return new Option('--on-merge <rule>', what)
}

function tableChangeOf({
  ttl,
  maxEntries,
  maxBytes,
  eviction,
  ack,
  onMerge,
  l1,
}: ChangeOptions): TableChange {
  return {
    ttl: unlessNone(ttl, '--ttl', readDuration),
    maxEntries: unlessNone(maxEntries, '--max-entries', readCount),
    maxBytes: unlessNone(maxBytes, '--max-bytes', readBytes),
    eviction,
    ack,
    onMerge,
    l1: l1 === true ? {} : l1,
  }
}

function unlessNone<T>(
  given: string | undefined,
  flag: string,
  read: (given: unknown, where: string) => T,
): T | false | undefined {
  if (given === undefined) return undefined
  return given === 'none' ? false : read(given, flag)
}

function tableOptionsOf(options: CreateOptions): TableOptions {
  const { type, codec, copies, ttl, idle, maxEntries, maxBytes, eviction, ack, majority, onMerge, l1 } =
    options
  return {
    type,
    codec,
    eviction,
    ack,
    majority,
    onMerge,
    copies: copies === undefined || copies === 'all' ? copies : readList(copies, '--copies'),
    ttl: ttl === undefined ? undefined : readDuration(ttl, '--ttl'),
    idle: idle === undefined ? undefined : readDuration(idle, '--idle'),
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
