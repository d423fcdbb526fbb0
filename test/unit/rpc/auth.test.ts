import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createAuth, hashSeedOf } from '../../../src/rpc/auth.ts'

const oldSecret = Buffer.from('the secret of last year')
const newSecret = Buffer.from('the secret of this year')
const foreign = Buffer.from('a secret of other people')
const transcript = Buffer.from('both nonces, the cluster, both members')

const match = (theirs: Buffer[], ours: Buffer[], side: 'dialler' | 'acceptor' = 'dialler') =>
  createAuth(ours).match(side, transcript, createAuth(theirs).proofs(side, transcript))

describe('a proof', () => {
  it('is accepted by who knows the secret', () => {
    expect(match([newSecret], [newSecret])).toEqual({ proof: 0, secret: 0 })
    expect(match([newSecret], [newSecret], 'acceptor')).toEqual({ proof: 0, secret: 0 })
  })

  it('under another secret, or under none, is refused', () => {
    expect(match([foreign], [newSecret])).toBeUndefined()
    expect(match([], [newSecret])).toBeUndefined()
    expect(match([newSecret], [])).toBeUndefined()
  })

  it('counts for its own side and handshake only', () => {
    const auth = createAuth([newSecret])
    const proofs = auth.proofs('dialler', transcript)
    expect(auth.match('acceptor', transcript, proofs)).toBeUndefined()
    expect(auth.match('dialler', Buffer.from('another handshake'), proofs)).toBeUndefined()
  })

  it('that was changed in any bit, cut or made longer is refused', () => {
    const auth = createAuth([newSecret])
    const [proof] = auth.proofs('dialler', transcript)
    for (let bit = 0; bit < proof.length * 8; bit++) {
      const changed = Buffer.from(proof)
      changed[bit >> 3] ^= 1 << (bit & 7)
      expect(auth.match('dialler', transcript, [changed])).toBeUndefined()
    }
    for (const wrong of [
      Buffer.alloc(0),
      proof.subarray(1),
      Buffer.concat([proof, Buffer.alloc(1)]),
      randomBytes(32),
    ]) {
      expect(auth.match('dialler', transcript, [wrong])).toBeUndefined()
    }
  })

  it('is not the secret, nor the same under labels of other uses', () => {
    const auth = createAuth([newSecret])
    const [proof] = auth.proofs('dialler', transcript)
    expect(Buffer.from(proof).includes(newSecret)).toBe(false)
    expect(auth.mask(0, transcript)).toHaveLength(8)
    expect(Buffer.from(proof).subarray(0, 8)).not.toEqual(Buffer.from(auth.mask(0, transcript)))
  })
})

describe('rotation of the secret', () => {
  it('passes through lists in which both are accepted, in any order', () => {
    const steps = [[oldSecret], [oldSecret, newSecret], [newSecret, oldSecret], [newSecret]]
    for (let step = 0; step + 1 < steps.length; step++) {
      for (const [theirs, ours] of [
        [steps[step], steps[step + 1]],
        [steps[step + 1], steps[step]],
      ]) {
        const found = match(theirs, ours)
        expect(found && [theirs[found.proof], ours[found.secret]]).toEqual([
          expect.anything(),
          expect.anything(),
        ])
        expect(found && theirs[found.proof]).toEqual(found && ours[found.secret])
      }
    }
  })

  it('ends with the old secret refused', () => {
    expect(match([oldSecret], [newSecret])).toBeUndefined()
  })

  it('hides the hash seed under each secret by itself', () => {
    const ours = createAuth([newSecret, oldSecret])
    const theirs = createAuth([oldSecret])
    expect(ours.mask(1, transcript)).toEqual(theirs.mask(0, transcript))
    expect(ours.mask(0, transcript)).not.toEqual(theirs.mask(0, transcript))
  })
})

describe('the hash seed of a cluster', () => {
  it('is the same for the same secret and name, and another one for every other', () => {
    const seed = hashSeedOf(newSecret, 'shop')
    expect(hashSeedOf(Buffer.from(newSecret), 'shop')).toEqual(seed)
    expect(hashSeedOf(newSecret, 'shop2')).not.toEqual(seed)
    expect(hashSeedOf(oldSecret, 'shop')).not.toEqual(seed)
    expect(hashSeedOf(undefined, 'shop')).not.toEqual(seed)
  })

  it('is two numbers of 32 bits', () => {
    for (const { high, low } of [hashSeedOf(undefined, 'a'), hashSeedOf(foreign, 'b')]) {
      for (const half of [high, low]) expect(half === half >>> 0).toBe(true)
    }
  })
})
