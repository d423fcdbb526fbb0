import { join } from 'node:path'
import { loadSync, type MethodDefinition, type ServiceDefinition } from '@grpc/proto-loader'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MnemeshError } from '../../../src/core/errors.ts'
import { deserializeFrame, fieldsOf, serializeFrame } from '../../../src/rpc/frame-message.ts'

const proto = join(import.meta.dirname, '../../../proto')
const peer = loadSync('mnemesh/v1/peer.proto', { includeDirs: [proto] })[
  'mnemesh.v1.PeerService'
] as ServiceDefinition
// The codec that gRPC would use: what another implementation of the protocol has.
const generic = peer.Link as MethodDefinition<{ frame: Uint8Array }, { frame: Uint8Array }>

const frame = fc.uint8Array({ maxLength: 20_000 }).map(bytes => Buffer.from(bytes))

/** Undefined when the bytes were refused as they should; anything else but a frame fails the test. */
function read(bytes: Uint8Array): Buffer | undefined {
  try {
    return deserializeFrame(Buffer.from(bytes))
  } catch (error) {
    expect(MnemeshError.is(error, 'ERR_FRAME_INVALID')).toBe(true)
    return undefined
  }
}

describe('the message of a frame', () => {
  it('is read as it was written', () => {
    fc.assert(fc.property(frame, bytes => read(serializeFrame(bytes))?.equals(bytes) === true))
  })

  it.each([
    0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152,
  ])('is what protobuf would write, at %i bytes', size => {
    const bytes = Buffer.alloc(size, 7)
    const theirs = Buffer.from(generic.requestSerialize({ frame: bytes }))
    // Not toEqual, which takes seconds for megabytes.
    if (size > 0) expect(serializeFrame(bytes).equals(theirs)).toBe(true)
    expect(read(theirs)?.equals(bytes)).toBe(true)
    expect(bytes.equals(generic.requestDeserialize(serializeFrame(bytes)).frame)).toBe(true)
  })

  it('is empty without the field, and the last one of several', () => {
    expect(read(Buffer.alloc(0))).toEqual(Buffer.alloc(0))
    expect(read(Buffer.from([0x0a, 1, 1, 0x0a, 1, 2]))).toEqual(Buffer.from([2]))
  })

  it('may have fields of later versions, of every wire type', () => {
    const later = [
      [0x10, 0x96, 0x01],
      [0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
      [0x21, 1, 2, 3, 4, 5, 6, 7, 8],
      [0x2d, 1, 2, 3, 4],
      [0x32, 2, 0x0a, 0x0a],
      [0xfa, 0xff, 0xff, 0xff, 0x0f, 1, 9],
    ].flat()
    expect(read(Buffer.from([...later, 0x0a, 1, 5, ...later]))).toEqual(Buffer.from([5]))
  })
})

describe('hostile bytes', () => {
  it('are refused, or a frame inside them, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), bytes => {
        const found = read(bytes)
        if (found !== undefined) expect(found.length).toBeLessThanOrEqual(bytes.length)
      }),
      { numRuns: 5000 },
    )
  })

  it('are refused as readily when they begin like a message', () => {
    const field = fc
      .tuple(
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 7 }),
        fc.uint8Array({ maxLength: 12 }),
      )
      .map(([number, wire, rest]) => [(number << 3) | wire, ...rest])
    fc.assert(
      fc.property(fc.array(field, { maxLength: 6 }), fields => void read(Buffer.from(fields.flat()))),
      {
        numRuns: 5000,
      },
    )
  })

  it.each([
    ['a length beyond the end', [0x0a, 5, 1, 2]],
    ['a length without an end', [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ['a length that would wrap around', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 1]],
    ['a group', [0x0b, 0x0c]],
    ['an unknown wire type', [0x0f]],
    ['a fixed number that was cut', [0x21, 1, 2]],
    ['a varint that was cut', [0x10, 0x80]],
    ['a varint of eleven bytes', [0x10, ...Array.from({ length: 10 }, () => 0x80), 1]],
  ])('with %s are refused', (_, bytes) => {
    expect(read(Buffer.from(bytes))).toBeUndefined()
  })

  it('cut anywhere are refused or a shorter list, never more than was sent', () => {
    const whole = Buffer.concat([serializeFrame(Buffer.from('one')), serializeFrame(Buffer.from('two'))])
    for (let end = 0; end < whole.length; end++) {
      try {
        expect(fieldsOf(whole.subarray(0, end)).length).toBeLessThanOrEqual(1)
      } catch (error) {
        expect(MnemeshError.is(error, 'ERR_FRAME_INVALID')).toBe(true)
      }
    }
  })
})
