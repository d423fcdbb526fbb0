import { isIPv4 } from 'node:net'
import { show } from '../core/duration.ts'
import type { Log, Random } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { type Lookup, Seeds, systemLookup } from './discovery.ts'
import { GossipSocket } from './gossip-socket.ts'
import type { Sealer } from './keyring.ts'
import { NameCheck } from './name-check.ts'
import { type Bearer, faultOf } from './records.ts'
import { SwimMembership } from './swim-membership.ts'
import type { Timings } from './timings.ts'
import { type BindAddress, openUdp, type Udp } from './udp.ts'
import type { Member } from './view.ts'

export interface SwimOptions {
  readonly name: string
  /** Name of the cluster; nodes of another one are strangers, whatever they know. */
  readonly cluster: string
  /** New at every process start and growing, by `createIncarnation`. */
  /** A later one is taken if this name has had it already. */
  readonly incarnation: number
  readonly version: string
  readonly zone: string
  /** Where others reach this node's gRPC server, `host:port`. */
  readonly address: string
  /** Where to listen; with port 0 on any free port, which then is part of the gossip address. */
  readonly bind: BindAddress
  /** The IPv4 address at which others reach the gossip port, or a host name that has one now. */
  readonly advertiseHost: string
  readonly sealer: Sealer
  /** `host:port` or `dns:name:port`; this node's own address may be among them. */
  readonly seeds: readonly string[]
  /** See `Seeds.expected`. */
  readonly expect?: number | undefined
  readonly timings: Timings
  readonly random: Random
  readonly log: Log
  /** Default: the resolver of the system. */
  readonly lookup?: Lookup
  /** Default: a UDP socket. Tests put their faults in here. */
  readonly openUdp?: (bind: BindAddress) => Promise<Udp>
}

/**
 * Binds the gossip port, makes sure that the name is free, and makes this node known to the seeds, in the background
 * and for ever: resolves without having found them. Rejects with ERR_ADDRESS_IN_USE, with ERR_NAME_IN_USE when
 * another live process bears the name, and with ERR_INVALID_OPTION.
 */
export async function startSwim(options: SwimOptions): Promise<SwimMembership> {
  const {
    name,
    incarnation,
    address,
    zone,
    version,
    sealer,
    timings,
    random,
    log,
    lookup = systemLookup,
  } = options
  const seeds = new Seeds(log, {
    ...{ lookup, refreshMs: 5 * timings.syncIntervalMs },
    expect: options.expect,
  })
  seeds.add(options.seeds)
  const ip = await advertisedIp(options.advertiseHost, lookup)
  const udp = await (options.openUdp ?? openUdp)(options.bind)
  const socket = new GossipSocket({ udp, sealer, log, cluster: options.cluster }, ip)
  try {
    const self: Member = { name, incarnation, address, gossip: socket.host, zone, version }
    const fault = faultOf(self)
    if (fault !== undefined) throw new MnemeshError('ERR_INVALID_OPTION', fault)
    const check = await findNamesakes(self, { socket, seeds }, timings)
    const other = await check.result
    if (other !== undefined) throw nameInUse(name, other)
    const fresh = { ...self, incarnation: check.incarnation(random.uint32()) }
    return new SwimMembership(fresh, { socket, seeds, random }, timings)
  } catch (error) {
    await socket.close()
    throw error
  }
}

async function advertisedIp(host: string, lookup: Lookup): Promise<string> {
  const addresses = isIPv4(host) ? [host] : await lookup(host).catch(() => [])
  const ip = addresses.find(address => isIPv4(address) && address !== '0.0.0.0')
  if (ip !== undefined) return ip
  throw new MnemeshError(
    'ERR_INVALID_OPTION',
    `the advertised gossip host must be an IPv4 address that others reach, or a name that resolves to one, got ${show(host)}`,
  )
}

interface NamesakeParts {
  readonly socket: GossipSocket
  readonly seeds: Seeds
}

async function findNamesakes(
  self: Member,
  { socket, seeds }: NamesakeParts,
  timings: Timings,
): Promise<NameCheck> {
  const timeoutMs = timings.askTimeoutMs
  await settledWithin(seeds.refresh(), timeoutMs)
  const send = (payload: Buffer, host: string) => socket.send(payload, host)
  const check = new NameCheck(self, send, { seeds: seeds.hosts, timeoutMs })
  socket.deliverTo((message, from) => {
    check.receive(message, from)
    return true
  })
  return check
}

function settledWithin(work: Promise<void>, timeoutMs: number): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, timeoutMs)
    void work.finally(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function nameInUse(name: string, other: Bearer): MnemeshError {
  return new MnemeshError(
    'ERR_NAME_IN_USE',
    `the name '${name}' is borne by a live node at ${other.address} (gossip ${other.gossip}); stop that node or give this one another name`,
    { details: { ...other } },
  )
}
