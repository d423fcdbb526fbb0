import { describe, expect, it } from 'vitest'
import { BytesReader, BytesWriter } from '../../../src/core/bytes.ts'
import {
  type Answer,
  type Hello,
  isHigherSeed,
  maskSeed,
  readAnswer,
  readHello,
  readProof,
  seedBytes,
  seedOf,
  transcriptOf,
  writeAnswer,
  writeHello,
  writeProof,
} from '../../../src/replication/handshake.ts'
import { Standing } from '../../../src/replication/standing.ts'
import { createAuth, hashSeedOf } from '../../../src/rpc/auth.ts'

const member = (name: string) => ({
  name,
  incarnation: 5,
  address: `${name}:1`,
  gossip: `${name}:2`,
  zone: '',
  version: '1',
})
const hello: Hello = {
  cluster: 'c',
  member: member('a'),
  to: 'b#00000000005',
  lane: 'main',
  nonce: new Uint8Array(16).fill(1),
}
const secret = (text: string) => Buffer.from(text)

function through<T>(write: (body: BytesWriter) => void, read: (body: BytesReader) => T): T {
  const writer = new BytesWriter()
  write(writer)
  return read(new BytesReader(writer.copy()))
}

describe('the messages of a handshake', () => {
  it('come back as they were sent', () => {
    expect(
      through(
        body => writeHello(body, hello),
        body => readHello(body, 'c'),
      ),
    ).toEqual(hello)
    const answer: Answer = {
      member: member('b'),
      nonce: new Uint8Array(16),
      proofs: [new Uint8Array(32)],
      seeds: [new Uint8Array(8)],
      expected: 7,
      ready: true,
      wallMs: 1_780_000_000_000,
    }
    expect(through(body => writeAnswer(body, answer), readAnswer)).toEqual(answer)
    const proof = { proofs: answer.proofs, wallMs: 5 }
    expect(through(body => writeProof(body, proof), readProof)).toEqual(proof)
  })

  it('of another cluster are refused by both names', () => {
    expect(() =>
      through(
        body => writeHello(body, hello),
        body => readHello(body, 'mine'),
      ),
    ).toThrow(/belongs to cluster "mine", the other to "c"/)
  })

  it.each([
    ['no record', 5],
    ['a name with spaces', { ...hello, member: { ...member('a'), name: 'a b' } }],
    ['an incarnation that is no number', { ...hello, member: { ...member('a'), incarnation: '5' } }],
    ['a nonce of another length', { ...hello, nonce: new Uint8Array(3) }],
    ['no member', { ...hello, member: null }],
  ])('are refused with %s', async (_, wrong) => {
    const { encode } = await import('@msgpack/msgpack')
    expect(() => readHello(new BytesReader(Buffer.from(encode(wrong))), 'c')).toThrow(
      /not a valid frame|cluster/,
    )
  })

  it('are refused as random bytes', () => {
    for (let i = 0; i < 500; i++) {
      const bytes = Buffer.from(Array.from({ length: i % 60 }, (_, j) => (i * 31 + j * 17) & 255))
      for (const read of [(b: BytesReader) => readHello(b, 'c'), readAnswer, readProof]) {
        expect(() => read(new BytesReader(bytes))).toThrow()
      }
    }
  })
})

describe('proofs', () => {
  const transcript = transcriptOf(hello, member('b'), new Uint8Array(16).fill(2))

  it('convince who knows one of the secrets, whichever comes first', () => {
    const old = createAuth([secret('an old secret, long')])
    const rotating = createAuth([secret('a new secret, longer'), secret('an old secret, long')])
    expect(rotating.match('acceptor', transcript, old.proofs('acceptor', transcript))).toEqual({
      proof: 0,
      secret: 1,
    })
    expect(old.match('dialler', transcript, rotating.proofs('dialler', transcript))).toEqual({
      proof: 1,
      secret: 0,
    })
  })

  it('convince nobody with another secret, for another side, another peer or another time', () => {
    const auth = createAuth([secret('the secret of this cluster')])
    const proofs = auth.proofs('dialler', transcript)
    expect(
      createAuth([secret('another secret entirely')]).match('dialler', transcript, proofs),
    ).toBeUndefined()
    expect(auth.match('acceptor', transcript, proofs)).toBeUndefined()
    expect(
      auth.match('dialler', transcriptOf(hello, member('c'), new Uint8Array(16).fill(2)), proofs),
    ).toBeUndefined()
    expect(
      auth.match('dialler', transcriptOf(hello, member('b'), new Uint8Array(16).fill(3)), proofs),
    ).toBeUndefined()
    expect(
      auth.match(
        'dialler',
        transcriptOf({ ...hello, cluster: 'd' }, member('b'), new Uint8Array(16).fill(2)),
        proofs,
      ),
    ).toBeUndefined()
    expect(auth.match('dialler', transcript, [])).toBeUndefined()
    expect(auth.match('dialler', transcript, [new Uint8Array(31)])).toBeUndefined()
  })
})

describe('the hash seed', () => {
  it('comes from the first secret and the cluster, and travels masked', () => {
    const seed = hashSeedOf(secret('the secret of this cluster'), 'c')
    expect(seed).toEqual(hashSeedOf(secret('the secret of this cluster'), 'c'))
    expect(seed).not.toEqual(hashSeedOf(secret('the secret of this cluster'), 'd'))
    expect(seed).not.toEqual(hashSeedOf(secret('another secret entirely'), 'c'))
    const auth = createAuth([secret('the secret of this cluster')])
    const transcript = transcriptOf(hello, member('b'), new Uint8Array(16))
    const masked = maskSeed(seedBytes(seed), auth.mask(0, transcript))
    expect(seedOf(masked)).not.toEqual(seed)
    expect(seedOf(maskSeed(masked, auth.mask(0, transcript)))).toEqual(seed)
  })

  it('is settled the same way by both sides: a newcomer gives way, else the higher', () => {
    const low = { low: 9, high: 1 }
    const high = { low: 1, high: 2 }
    expect([isHigherSeed(high, low), isHigherSeed(low, high), isHigherSeed(low, low)]).toEqual([
      true,
      false,
      false,
    ])
    const standing = (seed: typeof low, ready: boolean) => {
      const made = new Standing({ member: member('a'), cluster: 'c', seed })
      if (ready) made.becomeReady()
      return made
    }
    expect(standing(low, false).reconcileSeed(low, true)).toBe('same')
    for (const [mine, theirs] of [
      [low, high],
      [high, low],
    ] as const) {
      expect(standing(mine, false).reconcileSeed(theirs, true)).toBe('adopted')
      expect(standing(mine, true).reconcileSeed(theirs, false)).toBe('wait')
    }
    expect([
      standing(high, true).reconcileSeed(low, true),
      standing(low, true).reconcileSeed(high, true),
    ]).toEqual(['adopted', 'wait'])
    expect([
      standing(high, false).reconcileSeed(low, false),
      standing(low, false).reconcileSeed(high, false),
    ]).toEqual(['adopted', 'wait'])
  })
})
