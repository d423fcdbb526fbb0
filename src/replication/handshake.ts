import type { BytesReader, BytesWriter } from '../core/bytes.ts'
import { malformed } from '../core/bytes.ts'
import { MnemeshError } from '../core/errors.ts'
import { readPlain, writePlain } from '../core/failure.ts'
import type { HashSeed } from '../core/hash.ts'
import { isNodeName } from '../core/schema.ts'
import { type Member, memberId } from '../membership/view.ts'
import type { Lane } from '../wire/wire.ts'

/**
 * How two nodes prove to each other that they belong together, before anything else is said:
 *
 *     hello    -> who I am, whom I mean, my nonce
 *     answer   <- who I am, my nonce, my proof, the hash seed (masked), where your stream goes on, what time it is
 *     proof    -> my proof, what time it is
 *     welcome  <- go on
 *
 * A proof is HMAC-SHA256 under the cluster's secret over both nonces, the cluster and both member ids, with a label
 * for its side, so that none can be sent back or used elsewhere.
 */
export interface Auth {
  /** One proof for each secret that this node accepts, in its order. */
  proofs(side: 'dialler' | 'acceptor', transcript: Uint8Array): readonly Uint8Array[]
  /** Which of the proofs was made with which of the secrets that this node accepts; undefined for none. */
  match(
    side: 'dialler' | 'acceptor',
    transcript: Uint8Array,
    proofs: readonly Uint8Array[],
  ): { readonly proof: number; readonly secret: number } | undefined
  /** 8 bytes that hide the hash seed of that handshake from who does not know secret number `index`. */
  mask(index: number, transcript: Uint8Array): Uint8Array
}

export interface Hello {
  readonly cluster: string
  readonly member: Member
  readonly to: string
  readonly lane: Lane
  readonly nonce: Uint8Array
}

export interface Answer {
  readonly member: Member
  readonly nonce: Uint8Array
  readonly proofs: readonly Uint8Array[]
  /** The hash seed under one mask for each secret. */
  readonly seeds: readonly Uint8Array[]
  /** The next sequence number of the dialler's stream that the acceptor expects; 0: none received yet. */
  readonly expected: number
  /** True when the acceptor has the whole schema: it is part of a cluster that runs, not just starting. */
  readonly ready: boolean
  /** The acceptor's clock, Unix ms. */
  readonly wallMs: number
}

export interface Proof {
  readonly proofs: readonly Uint8Array[]
  /** The dialler's clock, Unix ms. */
  readonly wallMs: number
}

const nonceBytes = 16
const proofBytes = 32
const maxSecrets = 4

export function writeHello(body: BytesWriter, hello: Hello): void {
  writePlain(body, hello)
}

/** Checks what the dialler says of itself. Throws ERR_FRAME_INVALID, ERR_CLUSTER_MISMATCH. */
export function readHello(body: BytesReader, cluster: string): Hello {
  const fields = readPlain(body)
  if (fields.cluster !== cluster) {
    throw new MnemeshError(
      'ERR_CLUSTER_MISMATCH',
      `this node belongs to cluster ${JSON.stringify(cluster)}, the other to ${JSON.stringify(fields.cluster)}`,
    )
  }
  const lane = fields.lane === 'bulk' || fields.lane === 'group' ? fields.lane : 'main'
  return {
    cluster,
    member: readMember(fields.member),
    to: readText(fields.to),
    lane,
    nonce: readBytes(fields.nonce, nonceBytes),
  }
}

export function writeAnswer(body: BytesWriter, answer: Answer): void {
  writePlain(body, answer)
}

export function readAnswer(body: BytesReader): Answer {
  const fields = readPlain(body)
  const expected = fields.expected
  if (typeof expected !== 'number' || !Number.isSafeInteger(expected) || expected < 0)
    throw malformed('a sequence number')
  return {
    member: readMember(fields.member),
    nonce: readBytes(fields.nonce, nonceBytes),
    proofs: readList(fields.proofs, proofBytes),
    seeds: readList(fields.seeds, 8),
    expected,
    ready: fields.ready === true,
    wallMs: readInstant(fields.wallMs),
  }
}

export function writeProof(body: BytesWriter, proof: Proof): void {
  writePlain(body, proof)
}

export function readProof(body: BytesReader): Proof {
  const { proofs, wallMs } = readPlain(body)
  return { proofs: readList(proofs, proofBytes), wallMs: readInstant(wallMs) }
}

/** What both sides prove to have seen. */
export function transcriptOf(hello: Hello, acceptor: Member, nonce: Uint8Array): Uint8Array {
  const text = [hello.cluster, memberId(hello.member), memberId(acceptor), hello.lane].join('\n')
  return Buffer.concat([hello.nonce, nonce, Buffer.from(text)])
}

/** The seed under the mask, or from under it: the same operation. */
export function maskSeed(seed: Uint8Array, mask: Uint8Array): Uint8Array {
  return seed.map((byte, i) => byte ^ mask[i])
}

export function seedBytes(seed: HashSeed): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32BE(seed.high, 0)
  bytes.writeUInt32BE(seed.low, 4)
  return bytes
}

export function seedOf(bytes: Uint8Array): HashSeed {
  const buffer = Buffer.from(bytes)
  return { high: buffer.readUInt32BE(0), low: buffer.readUInt32BE(4) }
}

/** The order that settles which of two islands inserts its rows anew: the side with the higher seed. */
export function isHigherSeed(a: HashSeed, b: HashSeed): boolean {
  return a.high === b.high ? a.low > b.low : a.high > b.high
}

export function newNonce(random: (length: number) => Uint8Array): Uint8Array {
  return random(nonceBytes)
}

export function readMember(value: unknown): Member {
  if (typeof value !== 'object' || value === null) throw malformed('a member that is no record')
  const fields = value as Record<string, unknown>
  const { name, incarnation } = fields
  if (!isNodeName(name)) throw malformed('a member without a valid name')
  if (typeof incarnation !== 'number' || !Number.isSafeInteger(incarnation) || incarnation < 0) {
    throw malformed('a member without a valid incarnation')
  }
  return {
    name,
    incarnation,
    address: readText(fields.address),
    gossip: readText(fields.gossip),
    zone: readText(fields.zone),
    version: readText(fields.version),
  }
}

function readInstant(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw malformed('no time')
}

function readText(value: unknown): string {
  if (typeof value === 'string' && value.length <= 300) return value
  throw malformed('a text that is none or too long')
}

function readBytes(value: unknown, length: number): Uint8Array {
  if (value instanceof Uint8Array && value.length === length) return new Uint8Array(value)
  throw malformed(`no ${length} bytes where they must be`)
}

function readList(value: unknown, length: number): readonly Uint8Array[] {
  if (!Array.isArray(value) || value.length > maxSecrets) throw malformed('a list that is none or too long')
  return value.map(item => readBytes(item, length))
}
