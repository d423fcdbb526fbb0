import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createKeyring } from '../../../src/membership/keyring.ts'

const [old, young, foreign] = ['the old secret 16', 'the young secret 16', 'a foreign secret']
const plain = Buffer.from('who is alive')

describe('a keyring', () => {
  it('opens what another one with the same secret sealed, whatever it is', () => {
    const [sender, receiver] = [createKeyring([old]), createKeyring([old])]
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1400 }), bytes => {
        const sealed = sender.seal(bytes)
        expect(sealed).toHaveLength(bytes.length + sender.overhead)
        expect(receiver.open(sealed)).toEqual(Buffer.from(bytes))
      }),
    )
  })

  it('adds 32 bytes', () => {
    expect(createKeyring([old]).overhead).toBe(32)
  })

  it('shows nothing of what it seals, and never the same twice', () => {
    const keyring = createKeyring([old])
    const [first, second] = [keyring.seal(plain), keyring.seal(plain)]
    expect(first.includes('alive')).toBe(false)
    expect(first.subarray(4).equals(second.subarray(4))).toBe(false)
  })

  it('opens nothing of another secret, and nothing that has none', () => {
    const keyring = createKeyring([old])
    expect(keyring.open(createKeyring([foreign]).seal(plain))).toBeUndefined()
    expect(keyring.open(createKeyring([]).seal(plain))).toBeUndefined()
    expect(keyring.open(plain)).toBeUndefined()
  })

  it('opens nothing that was changed in a bit', () => {
    const sealed = createKeyring([old]).seal(plain)
    const receiver = createKeyring([old])
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed)
      changed[bit >> 3] ^= 1 << (bit & 7)
      expect(receiver.open(changed), `bit ${bit}`).toBeUndefined()
    }
    expect(receiver.open(sealed)).toEqual(plain)
  })

  it('opens nothing that was cut or made longer', () => {
    const sealed = createKeyring([old]).seal(plain)
    const receiver = createKeyring([old])
    for (let length = 0; length < sealed.length; length++) {
      expect(receiver.open(sealed.subarray(0, length))).toBeUndefined()
    }
    expect(receiver.open(Buffer.concat([sealed, Buffer.alloc(1)]))).toBeUndefined()
  })

  it('opens nothing twice, also after thousands of others', () => {
    const [sender, receiver] = [createKeyring([old]), createKeyring([old])]
    const first = sender.seal(plain)
    expect(receiver.open(first)).toEqual(plain)
    for (let i = 0; i < 4096; i++) {
      const sealed = sender.seal(plain)
      expect(receiver.open(sealed)).toBeDefined()
      expect(receiver.open(sealed)).toBeUndefined()
      expect(receiver.open(first)).toBeUndefined()
    }
  })

  it('seals with the first secret and opens with all', () => {
    const [before, between, after] = [
      createKeyring([old]),
      createKeyring([old, young]),
      createKeyring([young, old]),
    ]
    expect(before.open(between.seal(plain))).toEqual(plain)
    expect(between.open(after.seal(plain))).toEqual(plain)
    expect(after.open(between.seal(plain))).toEqual(plain)
    expect(before.open(after.seal(plain))).toBeUndefined()
    expect(createKeyring([young]).open(between.seal(plain))).toBeUndefined()
  })

  it('takes the same secret twice', () => {
    expect(createKeyring([old]).open(createKeyring([old, old]).seal(plain))).toEqual(plain)
  })
})

describe('a keyring without secrets', () => {
  it('opens what another one sealed', () => {
    const [sender, receiver] = [createKeyring([]), createKeyring([])]
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1400 }), bytes => {
        const sealed = sender.seal(bytes)
        expect(sealed).toHaveLength(bytes.length + sender.overhead)
        expect(receiver.open(sealed)).toEqual(Buffer.from(bytes))
      }),
    )
  })

  it('opens nothing else', () => {
    const receiver = createKeyring([])
    expect(receiver.open(createKeyring([old]).seal(plain))).toBeUndefined()
    expect(receiver.open(plain)).toBeUndefined()
    expect(receiver.open(Buffer.alloc(0))).toBeUndefined()
  })
})
