import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { HashSeed } from '../core/hash.ts'
import type { Auth } from '../replication/handshake.ts'

/**
 * Proofs under the cluster's secrets, first the one in use. Without a secret every process can make them: that is
 * allowed on loopback only, and checked where options are.
 */
export function createAuth(secrets: readonly Uint8Array[]): Auth {
  const keys = secrets.length === 0 ? [Buffer.alloc(0)] : secrets.map(secret => derive(secret, 'peer'))
  const proof = (key: Uint8Array, label: string, transcript: Uint8Array) =>
    createHmac('sha256', key).update(label).update('\0').update(transcript).digest()
  return {
    proofs: (side, transcript) => keys.map(key => proof(key, side, transcript)),
    match(side, transcript, proofs) {
      for (const [secret, key] of keys.entries()) {
        const wanted = proof(key, side, transcript)
        const found = proofs.findIndex(
          given => given.length === wanted.length && timingSafeEqual(given, wanted),
        )
        if (found >= 0) return { proof: found, secret }
      }
      return undefined
    },
    mask: (index, transcript) => proof(keys[index], 'seed', transcript).subarray(0, 8),
  }
}

/** The hash seed of a cluster that begins with this secret: HKDF-SHA256 of the secret and the cluster's name. */
export function hashSeedOf(secret: Uint8Array | undefined, cluster: string): HashSeed {
  const bytes = Buffer.from(hkdfSync('sha256', secret ?? Buffer.alloc(0), '', `hash ${cluster}`, 8))
  return { high: bytes.readUInt32BE(0), low: bytes.readUInt32BE(4) }
}

function derive(secret: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, 32))
}
