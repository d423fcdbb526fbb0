import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { invariant } from '../core/invariant.ts'

/** Closes datagrams for the other members of this cluster, and opens theirs. */
export interface Sealer {
  /** Bytes by which a sealed datagram is longer. */
  readonly overhead: number
  seal(plain: Uint8Array): Buffer
  /** Undefined when it was not sealed by this cluster, was changed on the way, or is a repeat of a recent one. */
  open(sealed: Uint8Array): Buffer | undefined
}

/**
 * The first secret seals, all of them open, so that a secret is changed in three steps: add the new one as the last
 * everywhere, make it the first everywhere, remove the old one. Without any, datagrams travel in the clear.
 */
export function createKeyring(secrets: readonly string[]): Sealer {
  return secrets.length === 0 ? new PlainSealer() : new Keyring(secrets.map(gossipKey))
}

const algorithm = 'aes-256-gcm'
const idBytes = 4
const nonceBytes = 12
const tagBytes = 16
const tagStart = idBytes + nonceBytes
const bodyStart = tagStart + tagBytes
// Per generation; some seconds' worth in a cluster of 30.
const repeatsRemembered = 4096

/** AES-256-GCM over the whole datagram: key id, nonce, tag, body. A key's id is the start of a hash of it. */
class Keyring implements Sealer {
  readonly overhead = bodyStart
  readonly #keys: ReadonlyMap<number, Buffer>
  readonly #primary: Buffer
  readonly #primaryId: Buffer
  #seen = new Set<number>()
  #seenBefore = new Set<number>()

  constructor(keys: readonly Buffer[]) {
    const [primary] = keys
    invariant(primary !== undefined, 'a keyring has a key')
    this.#keys = new Map(keys.map(key => [keyId(key).readUInt32LE(), key]))
    this.#primary = primary
    this.#primaryId = keyId(primary)
  }

  seal(plain: Uint8Array): Buffer {
    // Random: no counter survives a restart. At 1,000 datagrams a second a repeat is expected after 9,000 years.
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv(algorithm, this.#primary, nonce)
    const body = cipher.update(plain)
    cipher.final()
    return Buffer.concat([this.#primaryId, nonce, cipher.getAuthTag(), body])
  }

  open(sealed: Uint8Array): Buffer | undefined {
    if (sealed.length < bodyStart) return undefined
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length)
    const key = this.#keys.get(bytes.readUInt32LE())
    const mark = bytes.readUIntLE(tagStart, 6)
    if (key === undefined || this.#seen.has(mark) || this.#seenBefore.has(mark)) return undefined
    const plain = decrypt(key, bytes)
    // Only what opened is remembered: otherwise anybody could push genuine datagrams out of this memory.
    if (plain !== undefined) this.#remember(mark)
    return plain
  }

  // Older repeats open, and do no harm: what they say of members has an older incarnation.
  #remember(mark: number): void {
    this.#seen.add(mark)
    if (this.#seen.size < repeatsRemembered) return
    this.#seenBefore = this.#seen
    this.#seen = new Set()
  }
}

const plainMark = Buffer.from('mnem')

/** No secret: the mark only tells our datagrams from what else may arrive at the port. */
class PlainSealer implements Sealer {
  readonly overhead = plainMark.length

  seal(plain: Uint8Array): Buffer {
    return Buffer.concat([plainMark, plain])
  }

  open(sealed: Uint8Array): Buffer | undefined {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length)
    const isOurs = bytes.subarray(0, plainMark.length).equals(plainMark)
    return isOurs ? bytes.subarray(plainMark.length) : undefined
  }
}

function gossipKey(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'gossip', 32))
}

function keyId(key: Buffer): Buffer {
  return createHash('sha256').update('kid').update(key).digest().subarray(0, idBytes)
}

function decrypt(key: Buffer, bytes: Buffer): Buffer | undefined {
  const nonce = bytes.subarray(idBytes, tagStart)
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
  decipher.setAuthTag(bytes.subarray(tagStart, bodyStart))
  const plain = decipher.update(bytes.subarray(bodyStart))
  try {
    decipher.final()
  } catch {
    return undefined // The tag does not fit: forged, damaged, or another cluster whose key has the same id.
  }
  return plain
}
