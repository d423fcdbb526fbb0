import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeRequest, encodeRequest } from '../../../../src/coordination/state/command-codec.ts'
import type { Command, Request } from '../../../../src/coordination/state/commands.ts'
import { MnemeshError } from '../../../../src/core/errors.ts'
import { majority, operation, ordinary, set, transaction } from './machine.ts'

const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const name = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
const key = fc.uint8Array({ minLength: 1, maxLength: 1025 }).map(bytes => Buffer.from(bytes))
const value = fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes))
const lifetime = fc.oneof(
  fc.constantFrom('forever' as const, 'keep' as const),
  count.map(ms => ms + 1).filter(Number.isSafeInteger),
)
const condition = fc.oneof(fc.constantFrom('none' as const, 'absent' as const), count)
const shared = { table: name, key, lifetime, condition }
const nothing = Buffer.alloc(0)
const rowOperation = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), value, by: fc.constant(0), ...shared }),
  fc.record({
    kind: fc.constant('delete' as const),
    value: fc.constant(nothing),
    by: fc.constant(0),
    ...shared,
  }),
  fc.record({
    kind: fc.constant('increment' as const),
    value: fc.constant(nothing),
    by: fc.double({ noNaN: true, noDefaultInfinity: true }),
    ...shared,
  }),
)
const token = fc.record({ generation: count, index: count })
const anyTransaction: fc.Arbitrary<Command> = fc.record({
  kind: fc.constant('transaction' as const),
  reads: fc.array(fc.record({ table: name, key, version: count }), { maxLength: 4 }),
  ranges: fc.array(
    fc.record({ table: name, partition: fc.option(fc.nat(255), { nil: undefined }), asOf: count }),
    { maxLength: 4 },
  ),
  guards: fc.array(fc.record({ lock: name, token }), { maxLength: 3 }),
  operations: fc.array(rowOperation, { maxLength: 5 }),
})
const rare: readonly Command[] = [
  { kind: 'acquire', lock: 'l', mode: 'shared', permits: 3, wait: true, ttlMs: 5000, seen: 7 },
  { kind: 'release', lock: 'l', session: 'a#1@2', request: 4 },
  { kind: 'grant', lock: 'l' },
  { kind: 'expire', rows: [{ table: 't', key: Buffer.from('k'), version: 3 }] },
  { kind: 'clear', table: 't' },
  { kind: 'createTable', name: 't', definition: majority({ ttl: '1h' }), generation: 2 },
  { kind: 'changeTable', name: 't', definition: ordinary({ copies: ['a', 'b'], l1: false, maxEntries: 5 }) },
  { kind: 'dropTable', name: 't' },
  { kind: 'changeTable', name: 't', definition: majority({ ttl: 7 }), was: majority() },
  { kind: 'setCopy', table: 't', node: 'a', copy: { state: 'active', incarnation: 7 } },
  {
    ...{
      kind: 'bring',
      from: 'h',
      table: 't',
      definition: majority({ ttl: 7 }),
      generation: 1,
      isLast: true,
    },
    ...{ after: Buffer.from('a'), rows: [{ key: Buffer.from('b'), value: Buffer.from('v'), expiresAt: 3 }] },
    replaces: 'id',
  },
  { kind: 'openSession', member: 'a#1' },
  { kind: 'endSession', member: 'a#1' },
  { kind: 'found', id: 'g', generation: 5, provisional: true, awaited: ['a', 'b'], seeds: 2 },
  { kind: 'confirm' },
  { kind: 'generation', atLeast: 2 ** 40 },
  { kind: 'absorb', loser: 'h', untilMs: 2 ** 41 },
  { kind: 'dissolve', into: 'h' },
  { kind: 'stateHash', index: 1024, hash: '00ff' },
  { kind: 'tick' },
]
const command = fc.oneof({ weight: 3, arbitrary: anyTransaction }, fc.constantFrom(...rare))
const request: fc.Arbitrary<Request> = fc.record({
  session: fc.string({ maxLength: 60 }),
  sequence: count,
  settledBelow: count,
  command,
})

function decodes(bytes: Buffer): boolean {
  try {
    decodeRequest(bytes)
    return true
  } catch (error) {
    expect(MnemeshError.is(error, 'ERR_FRAME_INVALID'), String(error)).toBe(true)
    return false
  }
}

describe('the encoding of a request', () => {
  it('gives back what was put in', () => {
    const run = fc.property(request, given => {
      expect(decodeRequest(encodeRequest(given))).toEqual(given)
    })
    fc.assert(run, { numRuns: 500 })
  })

  it.each(rare.map(command => [command.kind, command] as const))('knows the command %s', (_kind, command) => {
    const given = { session: '', sequence: 0, settledBelow: 0, command }
    expect(decodeRequest(encodeRequest(given))).toEqual(given)
  })

  it('makes windows on the payload, not copies', () => {
    const payload = encodeRequest({ session: 's', sequence: 1, settledBelow: 0, command: set('k', 'v') })
    const { command } = decodeRequest(payload)
    expect(command.kind === 'transaction' && command.operations[0].value.buffer).toBe(payload.buffer)
  })

  it('refuses hostile bytes with ERR_FRAME_INVALID and nothing else', () => {
    const damage = fc.record({ at: fc.nat(), bit: fc.nat(7), cut: fc.nat(), more: fc.nat(3) })
    const run = fc.property(
      request,
      damage,
      fc.uint8Array({ maxLength: 80 }),
      (given, { at, bit, cut, more }, noise) => {
        const bytes = encodeRequest(given)
        const flipped = Buffer.from(bytes)
        flipped[at % flipped.length] ^= 1 << bit
        decodes(flipped)
        expect(decodes(bytes.subarray(0, cut % bytes.length))).toBe(false)
        decodes(Buffer.from(noise))
        if (given.command.kind === 'transaction' && more > 0)
          expect(decodes(Buffer.concat([bytes, Buffer.alloc(more)]))).toBe(false)
      },
    )
    fc.assert(run, { numRuns: 500 })
  })

  it('is compact where there is much of it', () => {
    const one = transaction([operation('key', { value: 'x'.repeat(50) })])
    const payload = encodeRequest({
      session: 'node-1#0123456789a@17',
      sequence: 5,
      settledBelow: 3,
      command: one,
    })
    expect(payload.length).toBeLessThan(56 + 90)
  })
})
