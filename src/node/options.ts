import { hostname } from 'node:os'
import { z } from 'zod'
import { hardMaxValueBytes, maxValueBytes } from '../core/codec.ts'
import { type Bytes, type Duration, show, toBytes, toMs } from '../core/duration.ts'
import type { Log } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import type { MergeFunctions } from '../core/merge-functions.ts'
import { isMergeName, isNodeName, mergeFunctionOf } from '../core/schema.ts'
import type { TableDef } from '../face/types.ts'
import { parseSeed } from '../membership/discovery.ts'
import type { profiles } from '../membership/timings.ts'
import { defaultMaxBytes } from '../process/memory-limit.ts'
import { defaultTombstoneGraceMs } from '../replication/collector.ts'

/** How a node is made. Everything has a default: `createNode()` is one node on loopback. */
export interface NodeOptions {
  /** Unique in the cluster and the same after a restart. Default: host name and gRPC port. */
  readonly name?: string
  /** Nodes of one name and one secret merge whenever they meet; another name is kept out. Default `mnemesh`. */
  readonly cluster?: string
  /** Where gRPC listens, `host:port`; port 0 for any. Default 127.0.0.1:7947, with seeds elsewhere 0.0.0.0:7947. */
  readonly listen?: string
  /** Where gossip listens, `host:port`, UDP. Default: the host of `listen`, port 7946. */
  readonly gossip?: string
  /** Host at which others reach this node. Default: where it listens; if everywhere, the address that routes to a seed. */
  readonly advertise?: string
  /** Gossip addresses of some other nodes: `host:port`, or `dns:name:port` for all addresses of a name. */
  readonly seeds?: readonly string[] | string
  /**
   * How many nodes the seeds stand for, at least: a group that fewer than half of them count for is provisional (D-4).
   * For `dns:` seeds, whose name may not have all addresses yet. Default: as many as were ever found.
   */
  readonly expect?: number
  /**
   * What members of the cluster know: at least 16 characters, or 32 bytes as base64. Of several the first is used
   * and all are accepted, for rotation. Needed off loopback.
   */
  readonly secret?: string | readonly string[]
  /** Clients are not authenticated: listening for them off loopback has to be asked for. */
  readonly insecure?: boolean
  /** Where the node stands; members of different zones are told apart in the status. */
  readonly zone?: string
  /** Tables that are to exist and be loaded before the node counts as started. */
  readonly tables?: readonly TableDef[]
  /** How quickly silence is noticed. Default `lan`. */
  readonly profile?: keyof typeof profiles | 'dev'
  /** Where the node reports what an operator wants to know; a pino logger fits. Default: nowhere. */
  readonly logger?: Log
  /** `auto` (default): starts alone when no seed answers in time. `manual`: fails with ERR_UNAVAILABLE then. */
  readonly bootstrap?: 'auto' | 'manual'
  /** How long seeds are waited for. Default 30 s. */
  readonly bootstrapTimeout?: Duration
  /**
   * Where rows are written that have no place where two groups become one, as JSON lines; the log names the file.
   * Default: they stay in memory, see `node.dumps`.
   */
  readonly dumpDir?: string
  /**
   * How long a copy that is cut off is waited for before the others forget deletes without it; the same on every node.
   * It begins anew when it comes back later. Default 1 h.
   */
  readonly tombstoneGrace?: Duration
  /**
   * Memory that tables, their caches and what is still to be sent may use: at 80 % tables with `eviction` make room, at
   * 95 % entries are refused. Default: half of what the control group (container) may use, else a quarter of the machine's.
   */
  readonly maxBytes?: Bytes
  /**
   * Functions by which tables may merge what two sides of a split wrote (`onMerge` names one); the same on every node.
   */
  readonly mergeFunctions?: MergeFunctions
  /** Largest encoded value. Default 1 MiB, at most 3 MiB. */
  readonly maxValueBytes?: Bytes
  /** Leaves and ends the process on SIGTERM and SIGINT. Default false: the embedding service decides. */
  readonly handleSignals?: boolean
}

/** The options checked and completed; addresses are fixed later, when ports are known. */
export interface NodeSettings {
  readonly name: string | undefined
  readonly cluster: string
  readonly listen: Address
  readonly gossip: Address
  readonly advertise: string | undefined
  readonly seeds: readonly string[]
  readonly expect: number | undefined
  readonly secrets: readonly string[]
  readonly zone: string
  readonly tables: readonly TableDef[]
  readonly profile: keyof typeof profiles
  readonly logger: Log | undefined
  readonly bootstrap: 'auto' | 'manual'
  readonly bootstrapTimeoutMs: number
  readonly dumpDir: string | undefined
  readonly tombstoneGraceMs: number
  readonly maxBytes: number
  readonly mergeFunctions: MergeFunctions
  readonly maxValueBytes: number
  readonly handleSignals: boolean
}

export interface Address {
  readonly host: string
  readonly port: number
}

const defaultGrpcPort = 7947
const defaultGossipPort = 7946
const least = 16

// Designed, not built: refused by name, never ignored.
const later = ['tls', 'dataDir', 'http', 'maxVoters']
/** Less than this no node can start with. */
const leastMaxBytes = 4 * 1024 * 1024

const text = z.string().min(1)
const schema = z.strictObject({
  name: text.refine(isNodeName, "must be 1 to 64 letters, digits, '_', '-', '.' or ':'").optional(),
  cluster: text
    .regex(/^[\w.:-]{1,64}$/, "must be 1 to 64 letters, digits, '_', '-', '.' or ':'")
    .default('mnemesh'),
  listen: text.optional(),
  gossip: text.optional(),
  advertise: text.optional(),
  seeds: z.union([text, z.array(text)]).default([]),
  expect: z.int().min(1).max(1000).optional(),
  secret: z.union([z.string(), z.array(z.string()).min(1).max(4)]).optional(),
  insecure: z.boolean().default(false),
  zone: z.string().max(64).default(''),
  tables: z.array(z.object({ name: text, options: z.looseObject({}).optional() })).default([]),
  profile: z.enum(['lan', 'wan', 'dev', 'test']).default('lan'),
  logger: z.custom<Log>(isLog, 'must have the methods debug, info, warn and error').optional(),
  bootstrap: z.enum(['auto', 'manual']).default('auto'),
  bootstrapTimeout: z.union([z.number(), z.string()]).default('30s'),
  dumpDir: text.optional(),
  tombstoneGrace: z.union([z.number(), z.string()]).default(defaultTombstoneGraceMs),
  maxBytes: z.union([z.number(), z.string()]).optional(),
  mergeFunctions: z
    .custom<MergeFunctions>(areMergeFunctions, 'must be functions under names of letters, digits, _, - and .')
    .default({}),
  maxValueBytes: z.union([z.number(), z.string()]).default(maxValueBytes),
  handleSignals: z.boolean().default(false),
})

/** Checks and completes the options. Throws ERR_INVALID_OPTION naming the option at fault. */
export function readOptions(options: NodeOptions = {}): NodeSettings {
  for (const name of later) {
    if (Object.hasOwn(options, name)) throw invalid(`option ${name} is not supported by this version`)
  }
  const parsed = schema.safeParse(options)
  if (!parsed.success) throw invalid(describe(parsed.error))
  const given = parsed.data
  const seeds = typeof given.seeds === 'string' ? [given.seeds] : given.seeds
  const remote = seeds.some(seed => !isLoopback(parseSeed(seed).name))
  const listen = parseAddress(
    given.listen ?? `${remote ? '0.0.0.0' : '127.0.0.1'}:${defaultGrpcPort}`,
    'listen',
  )
  const gossip = parseAddress(given.gossip ?? `${listen.host}:${defaultGossipPort}`, 'gossip')
  const secrets = given.secret === undefined ? [] : [given.secret].flat()
  for (const secret of secrets) checkSecret(secret)
  const open = !isLoopback(listen.host) || !isLoopback(gossip.host)
  if (open && secrets.length === 0) {
    throw invalid(
      `option secret is needed to listen on ${listen.host} and ${gossip.host}; without one, loopback only`,
    )
  }
  if (!isLoopback(listen.host) && !given.insecure) {
    throw invalid(
      `clients are not authenticated yet: to listen on ${listen.host}:${listen.port} set insecure: true`,
    )
  }
  return {
    name: given.name,
    dumpDir: given.dumpDir,
    cluster: given.cluster,
    listen,
    gossip,
    advertise: given.advertise,
    seeds,
    expect: given.expect,
    secrets,
    zone: given.zone,
    tables: given.tables as readonly TableDef[],
    profile: given.profile === 'dev' ? 'lan' : given.profile,
    logger: given.logger,
    bootstrap: given.bootstrap,
    bootstrapTimeoutMs: asOption(() => toMs(given.bootstrapTimeout as Duration, 'bootstrapTimeout')),
    tombstoneGraceMs: asOption(() => toMs(given.tombstoneGrace as Duration, 'tombstoneGrace')),
    mergeFunctions: given.mergeFunctions,
    maxBytes: checkMaxBytes(given.maxBytes as Bytes | undefined),
    maxValueBytes: checkValueLimit(asOption(() => toBytes(given.maxValueBytes as Bytes, 'maxValueBytes'))),
    handleSignals: given.handleSignals,
  }
}

/** The name of a node that was given none. */
export function defaultName(port: number): string {
  return `${hostname()
    .replace(/[^\w.-]/g, '-')
    .slice(0, 50)}:${port}`
}

/** The bytes of a secret: 32 bytes given as base64, else the text itself. */
export function secretBytes(secret: string): Buffer {
  if (/^[A-Za-z0-9+/]{43}=$/.test(secret)) return Buffer.from(secret, 'base64')
  return Buffer.from(secret, 'utf8')
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** `host:port` in its parts. Throws ERR_INVALID_OPTION naming the option. */
export function parseAddress(value: string, option: string): Address {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]+)):(\d{1,5})$/.exec(value)
  const port = Number(match?.[3])
  const host = match?.[1] ?? match?.[2]
  if (host === undefined || !(port <= 65535))
    throw invalid(`option ${option} must be host:port, got ${show(value)}`)
  return { host, port }
}

function checkSecret(secret: string): void {
  if (secret.length >= least) return
  throw invalid(
    `option secret must have at least ${least} characters, or be 32 bytes as base64; one has ${secret.length}`,
  )
}

function checkValueLimit(bytes: number): number {
  if (bytes <= hardMaxValueBytes) return bytes
  throw invalid(`option maxValueBytes must be at most ${hardMaxValueBytes}, got ${bytes}`)
}

function checkMaxBytes(given: Bytes | undefined): number {
  const bytes = given === undefined ? defaultMaxBytes() : asOption(() => toBytes(given, 'maxBytes'))
  if (bytes >= leastMaxBytes) return bytes
  throw invalid(`option maxBytes must be at least ${leastMaxBytes}, got ${bytes}`)
}

function isLog(value: unknown): boolean {
  const levels = ['debug', 'info', 'warn', 'error'] as const
  return (
    typeof value === 'object' &&
    value !== null &&
    levels.every(level => typeof Reflect.get(value, level) === 'function')
  )
}

function areMergeFunctions(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const isFunctionName = (name: string) => isMergeName(name) && mergeFunctionOf(name) !== undefined
  return Object.entries(value).every(([name, each]) => isFunctionName(name) && typeof each === 'function')
}

function describe(error: z.ZodError): string {
  const [issue] = error.issues
  if (issue?.code === 'unrecognized_keys') {
    return `unknown option ${show(issue.keys[0])}; known are ${Object.keys(schema.shape).join(', ')}`
  }
  return `option ${issue?.path.join('.')}: ${issue?.message}`
}

function asOption<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new MnemeshError('ERR_INVALID_OPTION', (cause as Error).message, { cause })
  }
}

function invalid(message: string): MnemeshError {
  return new MnemeshError('ERR_INVALID_OPTION', message)
}
