import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

interface Layer {
  /** Folders, or single files as `folder/file`, that it may import. */
  readonly from: readonly string[]
  /** Packages and modules of Node, each with the files that may import it; `*` for the whole folder. */
  readonly packages: Readonly<Record<string, readonly string[]>>
}

/** The architecture: each folder of src/, and all that it may import. Whoever wants another one changes it here. */
const layers: Readonly<Record<string, Layer>> = {
  core: { from: [], packages: { '@msgpack/msgpack': ['codec', 'failure'], 'node:buffer': ['codec', 'key'] } },
  storage: { from: ['core'], packages: { 'lru-cache': ['near-cache'] } },
  wire: { from: ['core'], packages: {} },
  membership: {
    from: ['core'],
    packages: {
      hashring: ['ring'],
      swim: ['gossip', 'patched-swim'],
      'node:crypto': ['gossip-socket', 'keyring'],
      'node:dgram': ['udp'],
      'node:dns/promises': ['discovery'],
      'node:net': ['discovery', 'records', 'swim'],
      'node:events': ['swim-package.d'],
    },
  },
  replication: {
    from: ['core', 'storage', 'wire', 'membership/membership', 'membership/view'],
    packages: { 'node:crypto': ['catalog'] },
  },
  coordination: {
    from: ['core', 'storage', 'wire/caller', 'membership/ring', 'membership/view', 'replication'],
    packages: {},
  },
  face: { from: ['core', 'wire/caller'], packages: {} },
  session: {
    from: [
      ...['core', 'wire', 'replication/agreed-table', 'replication/open-tables'],
      ...['coordination/locks', 'coordination/state/commands', 'coordination/transactions'],
    ],
    packages: {},
  },
  process: {
    from: ['core/environment'],
    packages: { 'node:crypto': ['environment'], 'node:fs': ['memory-limit'], 'node:os': ['memory-limit'] },
  },
  rpc: {
    from: ['core', 'face/types', 'wire/wire', 'replication/handshake'],
    packages: {
      '@grpc/grpc-js': ['*'],
      '@grpc/proto-loader': ['protos', 'generated'],
      '@grpc/reflection': ['server'],
      'grpc-health-check': ['server'],
      '@msgpack/msgpack': ['convert'],
      'node:buffer': ['convert'],
      'node:crypto': ['auth'],
      'node:fs': ['protos', 'server'],
      'node:path': ['protos', 'server'],
      'node:url': ['protos'],
    },
  },
  node: {
    from: [
      ...['core', 'storage', 'wire', 'membership', 'replication', 'coordination'],
      ...['face', 'session', 'process', 'rpc'],
    ],
    packages: {
      zod: ['options'],
      'node:dgram': ['own-address'],
      'node:fs': ['dumps', 'version'],
      'node:fs/promises': ['dumps'],
      'node:os': ['options', 'own-address'],
      'node:path': ['dumps', 'version'],
      'node:readline': ['dumps'],
      'node:stream': ['dumps'],
      'node:stream/promises': ['dumps'],
    },
  },
  client: {
    from: [
      ...['core', 'face', 'wire', 'process', 'coordination/transactions', 'rpc/generated'],
      ...['session/calls', 'session/lock-calls', 'session/transaction-calls'],
      ...[
        'rpc/channels',
        'rpc/convert',
        'rpc/event-message',
        'rpc/inspection',
        'rpc/table-change',
        'rpc/grpc-wire',
      ],
      ...['rpc/protos', 'rpc/status'],
    ],
    packages: { '@grpc/grpc-js': ['*'], 'grpc-health-check': ['health'] },
  },
  // A user of what the package exports, as others are.
  cli: {
    from: ['index', 'client/index', 'client/health', 'node/version'],
    packages: {
      commander: ['*'],
      pino: ['log'],
      'node:child_process': ['child', 'dev/local-node', 'verbs/lock', 'chaos/chaos-node', 'chaos/namespaces'],
      'node:crypto': ['dev/local-cluster', 'chaos/chaos-cluster'],
      'node:dgram': ['dev/ports'],
      'node:events': ['*'],
      'node:fs': [
        'configuration',
        'chaos/chaos-node',
        'chaos/orphans',
        'chaos/run',
        'chaos/table-run',
        'chaos/with-cluster',
        'verbs/chaos',
      ],
      'node:net': ['dev/ports'],
      'node:os': ['chaos/with-cluster'],
      'node:path': ['chaos/orphans', 'chaos/run', 'chaos/table-run', 'chaos/with-cluster'],
      'node:readline': ['dev/local-node'],
      'node:readline/promises': ['confirm'],
      'node:stream/consumers': ['verbs/set'],
      'node:timers/promises': ['*'],
      'node:util': ['*'],
    },
  },
  // What the package exports, and nothing else.
  index: { from: ['core', 'face', 'client', 'node', 'membership/view'], packages: {} },
}

/** Between the doors: what runs in the simulation unchanged knows no time, no chance, no process but those given to it. */
const pure = ['core', 'storage', 'replication', 'coordination', 'wire', 'face', 'session']
const ambient = new Set([
  ...['Date', 'performance', 'process', 'console', 'crypto', 'globalThis'],
  ...['setTimeout', 'setInterval', 'setImmediate'],
])

/** Files over the limit of 300 lines: each may only shrink. An entry that is not needed any more fails, too. */
const lineLimit = 300
const longFiles: Readonly<Record<string, number>> = {
  'src/storage/table.ts': 331,
  'src/session/session-server.ts': 328,
}

const root = join(import.meta.dirname, '../..')

interface Import {
  readonly from: string
  readonly typeOnly: boolean
  readonly names: readonly string[]
}

interface Source {
  /** Path under src/ without its ending. */
  readonly path: string
  readonly folder: string
  readonly imports: readonly Import[]
  readonly ambient: readonly string[]
}

function filesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts'))
    .map(path => join(folder, path))
}

function read(path: string): Source {
  const file = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true)
  const own = path.slice('src/'.length, -'.ts'.length)
  const imports: Import[] = []
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    const made = importOf(node)
    if (made !== undefined) imports.push({ ...made, from: resolve(own, made.from) })
    if (isAmbient(node))
      found.push(
        `line ${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${node.parent.getText()}`,
      )
    ts.forEachChild(node, visit)
  }
  visit(file)
  return { path: own, folder: own.split('/')[0], imports, ambient: found }
}

function importOf(node: ts.Node): Import | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    const { moduleSpecifier: module } = node
    if (module === undefined || !ts.isStringLiteral(module)) return undefined
    return { from: module.text, ...namesOf(node) }
  }
  const dynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
  if (!dynamic) return undefined
  const [argument] = node.arguments
  return { from: ts.isStringLiteral(argument) ? argument.text : '(computed)', typeOnly: false, names: ['*'] }
}

function namesOf(node: ts.ImportDeclaration | ts.ExportDeclaration): Omit<Import, 'from'> {
  const clause = ts.isImportDeclaration(node) ? node.importClause : node
  const bindings = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : node.exportClause
  if (bindings === undefined || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings))) {
    return { typeOnly: clause?.isTypeOnly === true, names: ['*'] }
  }
  const values = bindings.elements.filter(({ isTypeOnly }) => !isTypeOnly)
  return {
    typeOnly: clause?.isTypeOnly === true || values.length === 0,
    names: values.map(({ name, propertyName }) => (propertyName ?? name).text),
  }
}

// References to globals; a member of that name, or a type, is none.
function isAmbient(node: ts.Node): boolean {
  if (!ts.isIdentifier(node)) return false
  const { parent, text } = node
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    return text === 'random' && parent.expression.getText() === 'Math'
  }
  if (!ambient.has(text) || ts.isTypeNode(parent)) return false
  const isName = 'name' in parent && parent.name === node
  return !isName && !ts.isPropertySignature(parent)
}

function resolve(from: string, module: string): string {
  if (!module.startsWith('.')) return module
  return normalize(join(dirname(from), module)).replace(/\.(ts|cjs)$/, '')
}

const isOurs = (module: string) => module.split('/')[0] in layers && !module.startsWith('node:')

function breaches({ path, folder, imports }: Source): string[] {
  const layer = layers[folder]
  if (layer === undefined) return [`src/${folder} is not in the table of layers`]
  const file = path.slice(folder.length + 1) || path
  return imports.flatMap(({ from }) => {
    if (isOurs(from)) {
      const allowed =
        from.startsWith(`${folder}/`) || layer.from.some(one => from === one || from.startsWith(`${one}/`))
      return allowed ? [] : [`imports ${from}`]
    }
    const users = layer.packages[from] ?? []
    const allowed = users.some(user => user === '*' || file === user || file.startsWith(`${user}/`))
    return allowed ? [] : [`imports ${from}`]
  })
}

/** Every file that is loaded at run time once the given one is. */
function reached(sources: ReadonlyMap<string, Source>, start: string, seen = new Set<string>()): Set<string> {
  if (seen.has(start)) return seen
  seen.add(start)
  for (const { from, typeOnly } of sources.get(start)?.imports ?? [])
    if (!typeOnly) reached(sources, from, seen)
  return seen
}

const sources = new Map(filesOf('src').map(path => [path.slice('src/'.length, -'.ts'.length), read(path)]))

describe('each layer', () => {
  it.each([...sources.values()])('imports only what the architecture allows: $path', source => {
    expect(breaches(source)).toEqual([])
  })

  it.each(
    [...sources.values()].filter(({ folder }) => pure.includes(folder)),
  )('is given time, chance and process, where the simulation runs it: $path', ({ ambient: found }) => {
    expect(found).toEqual([])
  })

  it('names no folder, file or package in the table that is not used', () => {
    const unused = Object.entries(layers).flatMap(([folder, { from, packages }]) => {
      const imports = [...sources.values()]
        .filter(source => source.folder === folder)
        .flatMap(source => source.imports)
      const uses = (name: string) => imports.some(one => one.from === name || one.from.startsWith(`${name}/`))
      return [...from, ...Object.keys(packages)].filter(name => !uses(name)).map(name => `${folder}: ${name}`)
    })
    expect(unused).toEqual([])
  })
})

describe('the doors', () => {
  const importers = (module: string) =>
    [...sources.values()]
      .filter(({ imports }) => imports.some(({ from }) => from === module))
      .map(({ path }) => path)

  it('to UDP is opened by the node alone', () => {
    expect(importers('membership/swim')).toEqual(['node/create-node'])
  })

  it('leave of node:crypto only hashing to what runs in the simulation', () => {
    const used = [...sources.values()]
      .filter(({ folder }) => pure.includes(folder))
      .flatMap(({ path, imports }) =>
        imports.flatMap(({ from, names }) => (from === 'node:crypto' ? { path, names } : [])),
      )
    expect(used).toEqual([{ path: 'replication/catalog', names: ['createHash'] }])
  })

  it('to gRPC is no way from a client to what a node is made of', () => {
    const server = [
      ...['node', 'replication', 'storage', 'membership', 'session/session-server'],
      ...['coordination/consensus', 'coordination/group', 'coordination/state', 'coordination/locks'],
    ]
    const loaded = [...reached(sources, 'client/index')]
    expect(loaded).toContain('rpc/grpc-wire')
    expect(loaded.filter(path => server.some(one => path === one || path.startsWith(`${one}/`)))).toEqual([])
  })
})

describe('files', () => {
  const lengths = new Map(
    ['src', 'scripts']
      .flatMap(filesOf)
      .filter(path => !path.startsWith('src/rpc/generated/'))
      .map(path => [path, readFileSync(join(root, path), 'utf8').split('\n').length - 1]),
  )

  it(`have ${lineLimit} lines at most, but for those that shrink towards it`, () => {
    const tooLong = [...lengths].filter(([path, lines]) => lines > (longFiles[path] ?? lineLimit))
    expect(tooLong).toEqual([])
  })

  it('are excepted only while they are longer', () => {
    expect(Object.keys(longFiles).filter(path => (lengths.get(path) ?? 0) <= lineLimit)).toEqual([])
  })
})
