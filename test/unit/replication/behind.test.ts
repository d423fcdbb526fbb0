import { describe, expect, it } from 'vitest'
import { BytesWriter } from '../../../src/core/bytes.ts'
import { epochOf } from '../../../src/core/epoch.ts'
import { type FrameKind, frameKinds, openFrame, sealFrame, stampEpoch } from '../../../src/core/frame.ts'
import { RowBatch } from '../../../src/core/rows.ts'
import { HybridClock, Origins } from '../../../src/core/version.ts'
import type { TableEntry } from '../../../src/replication/catalog.ts'
import { EpochExchange } from '../../../src/replication/epochs.ts'
import { seedBytes, writeAnswer } from '../../../src/replication/handshake.ts'
import { Inbox } from '../../../src/replication/inbox.ts'
import { OperationIntake } from '../../../src/replication/operation-intake.ts'
import { PeerLink } from '../../../src/replication/peer-link.ts'
import { recordFrames } from '../../../src/replication/schema-transfer.ts'
import { Standing } from '../../../src/replication/standing.ts'
import { Copies } from '../../../src/storage/copies.ts'
import { TableCopy } from '../../../src/storage/table.ts'
import type { Dialer, WireEvents } from '../../../src/wire/wire.ts'
import { World } from '../../simulation/support/world.ts'
import { coverageOf, ScriptedCatalog, together } from '../../support/coverage.ts'
import { body, End, group, idOf, recordsAt } from '../../support/epoch-end.ts'
import { rowOf, testSeed } from '../../support/rows.ts'

const { epochRequest, epochRecords } = frameKinds

describe('operations that were sent under a later schema', () => {
  const origins = new Origins()
  const table = idOf('x')

  /** The peer's frames as they come to a node that knows the schema of index 3. */
  function setUp() {
    const world = new World(11)
    const end = new End(world, recordsAt(3, ['x']))
    const copies = new Copies()
    const copy = new TableCopy(origins, end.catalog.get('x') as TableEntry, testSeed)
    copies.add(copy, 0, true)
    const env = world.environment()
    const hybrid = new HybridClock(env.clock)
    const schema = new ScriptedCatalog()
    schema.set(table, ['p#00000000001', 'q#00000000001'])
    const coverage = coverageOf(schema, 'q#00000000001', hybrid)
    coverage.hold(table, false)
    const inbox = new Inbox({ copies, origins, hybrid, coverage, separation: together })
    const intake: OperationIntake = new OperationIntake(
      {
        inbox,
        sender: end.sender,
        exchange: new EpochExchange(end.epochs, end.sender, () => intake.resume()),
      },
      'p#00000000001',
    )
    const take = (index: number, kind: number, write: (body: BytesWriter) => void) =>
      intake.take(
        { kind, version: 1, sequence: 1, g: 1, epoch: epochOf(group, 7, index), apartSince: 0 },
        body(write),
      )
    const ops = (index: number, number: number) =>
      take(index, frameKinds.ops, frame => {
        const batch = new RowBatch(origins)
        batch.add(
          rowOf(`k${number}`, { h: number, origin: origins.indexOf('p#00000000001'), value: 'v' }),
          table,
        )
        frame.f64(number)
        frame.f64(number)
        batch.writeTo(frame)
      })
    take(3, frameKinds.start, frame => {
      frame.f64(1)
      frame.f64(0)
    })
    return { world, end, copy, ops }
  }

  it('wait for it, with all behind them, and are then read in their order', async () => {
    const { world, end, copy, ops } = setUp()
    ops(3, 1)
    expect([copy.size, end.sent()]).toEqual([1, [frameKinds.ack]])
    ops(5, 2)
    ops(3, 3)
    ops(6, 4)
    expect([copy.size, end.sent()]).toEqual([1, [epochRequest]])
    end.log = recordsAt(5, ['x'])
    end.catalog.changed()
    await world.run(1)
    expect([copy.size, end.sent()]).toEqual([3, [frameKinds.ack, frameKinds.ack, epochRequest]])
    end.log = recordsAt(6, ['x'])
    end.catalog.changed()
    await world.run(1)
    expect([copy.size, end.sent()]).toEqual([4, [frameKinds.ack]])
  })

  it('are refused beyond what a peer may send before it is confirmed', () => {
    const { end, ops } = setUp()
    const much = () => {
      for (let number = 1; number < 1_000_000; number++) ops(9, number)
    }
    expect(much).toThrow(/more operations came/)
    expect(end.sent()).toEqual([epochRequest])
  })
})

describe('the link to a peer', () => {
  it('learns from its acknowledgements, too, that this node is behind', () => {
    const world = new World(12)
    const end = new End(world, recordsAt(3, ['x']))
    const [self, peer] = ['a', 'b'].map(name => ({
      ...{ name, incarnation: 1, address: name, gossip: name, zone: '', version: '0' },
    }))
    let events: WireEvents | undefined
    const dialer: Dialer = {
      dial: (_address, _lane, listener) => {
        events = listener
        return end.wire
      },
    }
    const hybrid = new HybridClock(world.environment().clock)
    const standing = new Standing({ member: self, cluster: 'test', seed: testSeed })
    const auth = {
      proofs: () => [Buffer.alloc(32)],
      match: () => ({ proof: 0, secret: 0 }),
      mask: () => Buffer.alloc(8),
    }
    const { epochs, stamps } = end
    const link = new PeerLink(
      world.environment(),
      { dialer, auth, standing, hybrid, stamps, epochs },
      peer,
      'main',
      { opened: () => {}, frame: () => {}, drained: () => {}, closed: () => {} },
    )
    let sequence = 0
    const receive = (kind: FrameKind, index: number, write?: (body: BytesWriter) => void) => {
      const writer = new BytesWriter()
      openFrame(writer, kind)
      write?.(writer)
      const frame = sealFrame(writer, ++sequence, 1)
      stampEpoch(frame, epochOf(group, 7, index))
      events?.frame(frame)
    }
    const [proofs, seeds, nonce] = [[Buffer.alloc(32)], [seedBytes(testSeed)], Buffer.alloc(16)]
    const answer = {
      member: peer,
      nonce,
      proofs,
      seeds,
      expected: 0,
      ready: true,
      wallMs: world.environment().clock.wall(),
    }
    receive(frameKinds.answer, 9, frame => writeAnswer(frame, answer))
    receive(frameKinds.welcome, 9)
    expect(end.sent()).toEqual([frameKinds.hello, frameKinds.proof])
    receive(frameKinds.ack, 3, frame => frame.f64(0))
    expect(end.sent()).toEqual([])
    receive(frameKinds.ack, 4, frame => frame.f64(0))
    expect(end.sent()).toEqual([epochRequest])
    receive(epochRecords, 4, recordFrames(recordsAt(4, ['x', 'y']))[0])
    expect(end.catalog.get('y')).toBeDefined()
    link.stop()
  })
})
