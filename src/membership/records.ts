import { isIPv4 } from 'node:net'
import { isNodeName } from '../core/schema.ts'
import type { Member } from './view.ts'

/** What gossip believes of a member. */
export const memberState = { alive: 0, suspect: 1, faulty: 2 } as const
export type MemberState = (typeof memberState)[keyof typeof memberState]

/** What a node says of itself, short because it travels in every update: name, incarnation, address, zone, version. */
export interface Meta {
  readonly n: string
  readonly i: number
  readonly a: string
  readonly z: string
  readonly v: string
}

/** What one node says of one member. `incarnation` is gossip's own: it also grows with each suspicion refuted. */
export interface GossipRecord {
  readonly host: string
  readonly meta: Meta
  readonly state: MemberState
  readonly incarnation: number
}

export type OwnRecord = Pick<GossipRecord, 'host' | 'meta'>

/** One process that bears, or bore, the name that was asked about. */
export interface Bearer {
  readonly incarnation: number
  readonly address: string
  readonly gossip: string
}

/** Fields as they came from outside, nothing about them known. */
export type Fields = Readonly<Record<string, unknown>>

export function memberOf({ host, meta }: OwnRecord): Member {
  return { name: meta.n, incarnation: meta.i, address: meta.a, gossip: host, zone: meta.z, version: meta.v }
}

export function recordOf({ name, incarnation, address, gossip, zone, version }: Member): OwnRecord {
  return { host: gossip, meta: { n: name, i: incarnation, a: address, z: zone, v: version } }
}

/** The fault of what a node is about to say of itself, as `what must be so, not this`; undefined when there is none. */
export function faultOf({ name, incarnation, address, gossip, zone, version }: Member): string | undefined {
  if (!isNodeName(name)) return `name must be 1 to 64 letters, digits, '_', '-', '.' or ':', got '${name}'`
  if (!isIncarnation(incarnation, Number.MAX_SAFE_INTEGER))
    return `incarnation must be a whole number, got ${incarnation}`
  if (!isAddress(address)) return `address must be 'host:port', got '${address}'`
  if (!isGossipHost(gossip)) return `the gossip address must be 'IPv4 address:port', got '${gossip}'`
  if (!isLabel(zone)) return `zone must be at most 64 printable ASCII characters, got '${zone}'`
  return isLabel(version)
    ? undefined
    : `version must be at most 64 printable ASCII characters, got '${version}'`
}

/** The record in those fields, built anew, field by field: nothing else that came along goes further. */
export function readRecord(fields: Fields, latestIncarnation: number): GossipRecord | undefined {
  const { host, state, incarnation } = fields
  const meta = readMeta(fields.meta, latestIncarnation)
  const isGood =
    meta !== undefined &&
    isGossipHost(host) &&
    isState(state) &&
    isIncarnation(incarnation, latestIncarnation)
  return isGood ? { host, meta, state, incarnation } : undefined
}

export function readBearer(value: unknown): Bearer | undefined {
  if (!isFields(value)) return undefined
  const { incarnation, address, gossip } = value
  const isGood =
    isIncarnation(incarnation, Number.MAX_SAFE_INTEGER) && isAddress(address) && isGossipHost(gossip)
  return isGood ? { incarnation, address, gossip } : undefined
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** True for `ip:port` as gossip addresses are: no names, which the socket would look up for each datagram. */
export function isGossipHost(host: unknown): host is string {
  if (typeof host !== 'string' || host.length > 21) return false
  const colon = host.lastIndexOf(':')
  return isIPv4(host.slice(0, colon)) && isPort(host.slice(colon + 1))
}

function readMeta(value: unknown, latestIncarnation: number): Meta | undefined {
  if (!isFields(value)) return undefined
  const { n, i, a, z, v } = value
  const isGood =
    isNodeName(n) && isIncarnation(i, latestIncarnation) && isAddress(a) && isLabel(z) && isLabel(v)
  return isGood ? { n, i, a, z, v } : undefined
}

function isState(value: unknown): value is MemberState {
  return value === memberState.alive || value === memberState.suspect || value === memberState.faulty
}

// With an incarnation beyond all that time will bring, a member could be declared lost and never contradict.
function isIncarnation(value: unknown, latest: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= latest
}

// `host:port` of a gRPC server: a name, an IPv4 address, or an IPv6 address in brackets.
function isAddress(value: unknown): value is string {
  const match =
    typeof value === 'string' ? /^(?:[\w.-]{1,253}|\[[\da-f:.]{2,45}\]):(\d{1,5})$/i.exec(value) : null
  return match !== null && isPort(match[1])
}

function isPort(digits: string): boolean {
  return /^\d{1,5}$/.test(digits) && Number(digits) >= 1 && Number(digits) <= 65535
}

function isLabel(value: unknown): value is string {
  return typeof value === 'string' && /^[\x20-\x7e]{0,64}$/.test(value)
}
