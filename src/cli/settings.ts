import { MnemeshError, type TableDef } from '../client/index.ts'
import {
  type Bytes,
  type Duration,
  readBytes,
  readChoice,
  readCount,
  readDuration,
  readEndpoints,
  readFlag,
  readList,
  readTables,
  readText,
} from './readers.ts'

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** What can be configured. Absent fields were given nowhere and have the defaults of `createNode`. */
export interface Settings {
  readonly name?: string
  readonly cluster?: string
  readonly listen?: string
  readonly gossip?: string
  readonly advertise?: string
  readonly seeds?: readonly string[]
  readonly secret?: readonly string[]
  readonly secretFile?: string
  readonly insecure?: boolean
  readonly zone?: string
  readonly profile?: 'lan' | 'wan' | 'dev' | 'test'
  readonly bootstrap?: 'auto' | 'manual'
  readonly expect?: number
  readonly bootstrapTimeout?: Duration
  readonly dumpDir?: string
  readonly tombstoneGrace?: Duration
  readonly maxBytes?: Bytes
  readonly maxValueBytes?: Bytes
  readonly logLevel?: LogLevel
  readonly tables?: readonly TableDef[]
  /** gRPC addresses of the nodes that the client verbs ask. */
  readonly endpoint?: readonly string[]
  /** How long a call of a client verb may take. */
  readonly timeout?: Duration
}

/** One setting: its flag, if it has one, and how its value is read, wherever it comes from. */
export interface Setting<T> {
  readonly flag?: string
  readonly about: string
  /** Throws ERR_INVALID_OPTION naming `where`. */
  readonly read: (given: unknown, where: string) => T
}

type Table = { readonly [N in keyof Settings]-?: Setting<Settings[N]> }

/** What a node is started with; the flags of `start`. */
export const nodeSettings = {
  name: {
    flag: '--name <name>',
    about: 'unique in the cluster; default: host name and port',
    read: readText,
  },
  cluster: { flag: '--cluster <name>', about: 'name of the cluster; default: mnemesh', read: readText },
  listen: { flag: '--listen <host:port>', about: 'where gRPC listens', read: readText },
  gossip: { flag: '--gossip <host:port>', about: 'where gossip listens, UDP', read: readText },
  advertise: { flag: '--advertise <host>', about: 'host at which others reach this node', read: readText },
  seeds: {
    flag: '--seeds <list>',
    about: 'gossip addresses of other nodes, host:port or dns:name:port, by commas',
    read: readList,
  },
  // No flag: command lines are there for all to read in the list of processes.
  secret: { about: 'what members of the cluster know', read: readSecret },
  secretFile: {
    flag: '--secret-file <file>',
    about: 'file with the secret, or several for rotation, one a line',
    read: readText,
  },
  insecure: {
    flag: '--insecure',
    about: 'accept clients off loopback, who are not authenticated yet',
    read: readFlag,
  },
  zone: { flag: '--zone <zone>', about: 'where the node stands', read: readText },
  profile: {
    flag: '--profile <profile>',
    about: 'how quickly silence is noticed: lan, wan',
    read: readChoice('lan', 'wan', 'dev', 'test'),
  },
  bootstrap: {
    flag: '--bootstrap <how>',
    about: 'auto: starts alone when no seed answers; manual: fails then',
    read: readChoice('auto', 'manual'),
  },
  expect: {
    flag: '--expect <count>',
    about: 'how many nodes the seeds stand for; default: as many as names resolve to',
    read: readCount,
  },
  bootstrapTimeout: {
    flag: '--bootstrap-timeout <time>',
    about: 'how long seeds are waited for; default: 30s',
    read: readDuration,
  },
  dumpDir: {
    flag: '--dump-dir <folder>',
    about: 'where rows go that a merge of two groups has no place for; default: memory',
    read: readText,
  },
  tombstoneGrace: {
    flag: '--tombstone-grace <time>',
    about: 'how long a copy that is cut off is waited for; default: 1h',
    read: readDuration,
  },
  maxBytes: {
    flag: '--max-bytes <bytes>',
    about: "memory for tables; default: half of the container's, else a quarter of the machine's",
    read: readBytes,
  },
  maxValueBytes: { flag: '--max-value-bytes <bytes>', about: 'largest value; default: 1mb', read: readBytes },
  logLevel: {
    flag: '--log-level <level>',
    about: `one of ${logLevels.join(', ')}; default: info`,
    read: readChoice(...logLevels),
  },
  tables: { about: 'tables to create, [{ "name": …, "options": … }]', read: readTables },
} as const satisfies Partial<Table>

/** What every verb takes. */
export const commonSettings = {
  endpoint: {
    flag: '--endpoint <host:port>',
    about: 'gRPC address of the node to ask, or several by commas; default: 127.0.0.1:7947',
    read: readEndpoints,
  },
  timeout: { flag: '--timeout <time>', about: 'how long a call may take; default: 5s', read: readDuration },
} as const satisfies Partial<Table>

const known: Table = { ...nodeSettings, ...commonSettings }

/** Settings from one place, each read and checked. Throws ERR_INVALID_OPTION for names that are none. */
export function readLayer(
  given: Readonly<Record<string, unknown>>,
  whereOf: (name: string) => string,
): Settings {
  let layer: Settings = {}
  for (const [name, value] of Object.entries(given)) {
    if (!isSetting(name)) {
      const names = Object.keys(known).join(', ')
      throw new MnemeshError('ERR_INVALID_OPTION', `unknown setting ${whereOf(name)}; known are ${names}`)
    }
    layer = { ...layer, [name]: known[name].read(value, whereOf(name)) }
  }
  if (layer.secret === undefined || layer.secretFile === undefined) return layer
  throw new MnemeshError(
    'ERR_INVALID_OPTION',
    `${whereOf('secret')} and ${whereOf('secretFile')} are both given; give one of them`,
  )
}

/** Layers one over the other, the last on top. A secret and a file with one are the same setting. */
export function overlay(layers: readonly Settings[]): Settings {
  let merged: Settings = {}
  for (const layer of layers) {
    const isReplaced = layer.secret !== undefined || layer.secretFile !== undefined
    const { secret, secretFile, ...others } = merged
    merged = isReplaced ? { ...others, ...layer } : { ...merged, ...layer }
  }
  return merged
}

/** The names of all settings. */
export const settingNames: readonly string[] = Object.keys(known)

function isSetting(name: string): name is keyof Settings {
  return Object.hasOwn(known, name)
}

// In a file it may be a list; a secret in the environment is one secret, whatever characters it has.
function readSecret(given: unknown, where: string): readonly string[] {
  return Array.isArray(given) ? readList(given, where) : [readText(given, where)]
}
