import type { RowDump } from '../coordination/state/row-dump.ts'
import { failureOf } from '../coordination/transactions/failures.ts'
import { checkLimits } from '../coordination/transactions/limits.ts'
import { conflictOf } from '../coordination/transactions/snapshot.ts'
import type { Environment } from '../core/environment.ts'
import { MnemeshError, toMnemeshError } from '../core/errors.ts'
import { callFrom } from '../face/calls.ts'
import { createKeyring } from '../membership/keyring.ts'
import { startSwim } from '../membership/swim.ts'
import type { SwimMembership } from '../membership/swim-membership.ts'
import { profiles } from '../membership/timings.ts'
import { createIncarnation } from '../membership/view.ts'
import { processEnvironment, silentLog } from '../process/environment.ts'
import { createAuth, hashSeedOf } from '../rpc/auth.ts'
import { stillStarting } from '../rpc/cache-service.ts'
import { grpcDialer } from '../rpc/grpc-wire.ts'
import { startServer } from '../rpc/server.ts'
import type { TransactionParts } from '../rpc/transact.ts'
import { SessionServer } from '../session/session-server.ts'
import { Admission } from '../wire/admission.ts'
import { admitter } from '../wire/call-work.ts'
import { ClusterNode } from './cluster-node.ts'
import { Dumps } from './dumps.ts'
import { Engine } from './engine.ts'
import { defaultName, type NodeOptions, type NodeSettings, readOptions, secretBytes } from './options.ts'
import { followAddress, ownAddress } from './own-address.ts'
import { StopStack } from './stop-stack.ts'
import { packageVersion } from './version.ts'

/** Seeds that answer in part are asked for 2 s before a group is founded without the others. */
const leastFoundingMs = 4000

/**
 * Starts a node: binds its ports, finds its cluster by the seeds, loads its tables, and resolves when it answers.
 * Rejects, leaving nothing running, with ERR_INVALID_OPTION, ERR_ADDRESS_IN_USE, ERR_NAME_IN_USE,
 * ERR_TABLE_MISMATCH, ERR_CLUSTER_MISMATCH, ERR_UNAUTHENTICATED, and with `bootstrap: 'manual'` ERR_UNAVAILABLE.
 *
 * @example
 * await using node = await createNode({ seeds: ['10.0.0.1:7946'], secret: process.env.MNEMESH_SECRET })
 * const users = await node.table<string, User>('users', { ttl: '1h' })
 * await users.set('ada', { name: 'Ada' })
 */
export async function createNode(options?: NodeOptions): Promise<ClusterNode> {
  const settings = readOptions(options)
  const env = processEnvironment(settings.logger ?? silentLog)
  const stops = new StopStack()
  try {
    return await start(env, settings, stops)
  } catch (error) {
    await stops.stop().catch(() => {})
    throw toMnemeshError(error)
  }
}

async function start(env: Environment, settings: NodeSettings, stops: StopStack): Promise<ClusterNode> {
  let node: ClusterNode | undefined
  const sessions = new Set<SessionServer>()
  const admission = new Admission(env)
  const running = (): ClusterNode => {
    if (node === undefined) throw stillStarting()
    return node
  }
  const server = await startServer(settings.listen, {
    table: name => running().existing(name),
    transactions: transactionsOf(env, () => running().engine),
    coordination: running,
    session: wire => {
      const session = new SessionServer(env, running().sessions, wire, () => sessions.delete(session))
      sessions.add(session)
      return session
    },
    admit: { tables: admitter(admission, 'first'), group: admitter(admission, 'last') },
    peer: wire => running().engine.accept(wire),
    admin: () => running().admin,
    waitForTables: (names, call) => running().waitForTables(names, call),
    leave: () => void running().leave(),
    events: () => running().eventSource,
  })
  stops.push(() => server.stop())
  stops.push(() => {
    for (const session of [...sessions]) session.close()
  })
  const advertise = settings.advertise ?? (await ownAddress(settings))
  const membership = await startSwim({
    name: settings.name ?? defaultName(server.port),
    cluster: settings.cluster,
    incarnation: createIncarnation(env.clock.wall(), env.random.uint32()),
    version: packageVersion,
    zone: settings.zone,
    address: `${advertise}:${server.port}`,
    bind: settings.gossip,
    advertiseHost: advertise,
    sealer: createKeyring(settings.secrets),
    ...{ seeds: settings.seeds, expect: settings.expect },
    timings: profiles[settings.profile],
    ...{ random: env.random, log: env.log },
  })
  stops.push(() => membership.leave())
  const secrets = settings.secrets.map(secretBytes)
  const doors = { membership, dialer: grpcDialer('peer'), auth: createAuth(secrets) }
  const { cluster, maxValueBytes, maxBytes, mergeFunctions } = settings
  const dumps = new Dumps(env, {
    ...{ folder: settings.dumpDir, node: membership.self.name },
    written: dump => engine.events.emit('dump-written', dump),
  })
  const dropped = (rows: RowDump) => dumps.keep(rows)
  const seed = hashSeedOf(secrets[0], cluster)
  const { suspectTimeoutMs: suspicionMs } = profiles[settings.profile]
  const engine = new Engine(env, doors, {
    ...{ cluster, seed, maxValueBytes, maxBytes, mergeFunctions, suspicionMs, dropped, admission },
    tombstoneGraceMs: settings.tombstoneGraceMs,
  })
  stops.push(() => engine.stop())
  node = new ClusterNode(env, { engine, membership, server, stops, dumps })
  await joinCluster(env, settings, membership, engine)
  for (const { name, options: tableOptions } of settings.tables) await node.create(name, tableOptions)
  await node.loaded()
  if (settings.advertise === undefined) stops.push(followAddress(env, settings, membership))
  server.setServing(true)
  if (settings.handleSignals) node.handleSignals()
  env.log.info({ node: membership.self.name, cluster: settings.cluster }, 'node started')
  return node
}

/** Transactions of clients of gRPC, which come in one call, with versions that they have read before. */
function transactionsOf({ clock }: Environment, engine: () => Engine): TransactionParts {
  return {
    check: checkLimits,
    majority(name) {
      const { strong, tables } = engine()
      tables.checkMajority(name)
      const table = strong.table(name)
      if (table === undefined)
        throw new MnemeshError('ERR_NOT_READY', `this node does not have majority table ${name} yet`)
      const { codec, ttlMs } = table.entry.definition
      return { codec, ttlMs, maxValueBytes: tables.maxValueBytes }
    },
    async submit(transaction, options) {
      const call = callFrom(clock, options)
      const result = await engine().strong.submit({ kind: 'transaction', ...transaction }, call)
      if (result.status === 'conflict') throw conflictOf(result)
      if (result.status !== 'done') throw failureOf(result)
      return result
    },
  }
}

// Seeds first; alone only when none of them answered in time.
async function joinCluster(
  env: Environment,
  settings: NodeSettings,
  membership: SwimMembership,
  engine: Engine,
): Promise<void> {
  const { seeds, bootstrap, bootstrapTimeoutMs } = settings
  const began = env.clock.monotonic()
  let isSilent = false
  if (seeds.length > 0 && !(await membership.joined(bootstrapTimeoutMs))) {
    const refused = refusalOf(membership, settings)
    if (refused !== undefined) throw refused
    const silent = silence(settings)
    if (bootstrap === 'manual') throw silent
    isSilent = true
    env.log.warn({ seeds, err: silent }, 'no seed answered; started alone and goes on asking')
  }
  // The view follows a moment after the seed's answer; without it, this node would seem to be alone.
  await new Promise(resolve => setImmediate(resolve))
  engine.strong.mayFound(isSilent)
  await new Promise<void>((resolve, reject) => {
    engine.standing.onReady(resolve)
    const limitMs = Math.max(leastFoundingMs, bootstrapTimeoutMs - (env.clock.monotonic() - began))
    env.timers.after(limitMs, () => {
      reject(engine.strong.formation.whyOutside() ?? unreachable(limitMs))
    })
  })
}

// Members are seen and cannot be spoken to: most likely their gRPC ports cannot be reached.
function unreachable(limitMs: number): MnemeshError {
  return new MnemeshError(
    'ERR_UNAVAILABLE',
    `members were found, but none answered at its gRPC address within ${limitMs} ms`,
  )
}

function silence({ seeds, bootstrapTimeoutMs }: NodeSettings): MnemeshError {
  return new MnemeshError(
    'ERR_UNAVAILABLE',
    `none of the seeds ${seeds.join(', ')} answered within ${bootstrapTimeoutMs} ms; check addresses, ports and firewalls (UDP)`,
  )
}

// Starting alone would hide the mistake, and make two clusters of one.
function refusalOf({ refusal }: SwimMembership, { seeds, cluster }: NodeSettings): MnemeshError | undefined {
  const who = `the seeds ${seeds.join(', ')}`
  if (refusal === 'secret') {
    return new MnemeshError(
      'ERR_UNAUTHENTICATED',
      `${who} do not know this node's secret; give all nodes the same one`,
    )
  }
  if (refusal === undefined) return undefined
  return new MnemeshError(
    'ERR_CLUSTER_MISMATCH',
    `${who} belong to another cluster than ${cluster}; set option cluster`,
  )
}
