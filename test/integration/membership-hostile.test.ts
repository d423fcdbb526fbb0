import { randomBytes, randomInt } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createKeyring, type Sealer } from '../../src/membership/keyring.ts'
import { messageType, writeMessage } from '../../src/membership/messages.ts'
import type { SwimMembership } from '../../src/membership/swim-membership.ts'
import { createIncarnation } from '../../src/membership/view.ts'
import { type GossipPeer, openPeer } from '../support/gossip-peer.ts'
import {
  afterTraffic,
  converged,
  eventually,
  recordChanges,
  SwimCluster,
  testSecret,
} from '../support/swim-cluster.ts'

const { compound, ping, pingReq, sync, ack, update, who, is } = messageType
const types = [ping, pingReq, sync, ack, update, who, is]
const now = createIncarnation(Date.now(), 0)
const meta = { n: 'evil', i: now, a: '127.0.0.1:1', z: '', v: '' }
const record = { host: '127.0.0.1:1', meta, state: 0, incarnation: now }
const raw = (type: number, text: string) => Buffer.concat([Buffer.from([type]), Buffer.from(text)])
const compoundOf = (...parts: Buffer[]) => {
  const head = Buffer.from([compound, parts.length & 255, parts.length >> 8])
  return Buffer.concat([
    head,
    ...parts.flatMap(part => [Buffer.from([part.length & 255, part.length >> 8]), part]),
  ])
}
const nested = (levels: number) => {
  let payload: Buffer = writeMessage(ping, { seq: 1 })
  for (let i = 0; i < levels; i++) payload = compoundOf(payload)
  return payload
}

/** What ends a process that runs the bare library, or spoils its member table. */
const hostile: readonly (readonly [string, Buffer])[] = [
  ['nothing', Buffer.alloc(0)],
  ...types.map(type => [`type ${type} without a body`, Buffer.from([type])] as const),
  ...types.map(type => [`type ${type} of null`, raw(type, 'null')] as const),
  ...types.map(type => [`type ${type} of a list`, raw(type, '[]')] as const),
  ...types.map(type => [`type ${type} of a number`, raw(type, '1')] as const),
  ...types.map(type => [`type ${type} of an empty record`, raw(type, '{}')] as const),
  ...types.map(type => [`type ${type} of no JSON`, raw(type, '{"seq":')] as const),
  ...['foo', '127.0.0.1:99999', '127.0.0.1:0', 123, null, 'nowhere.invalid:1', '[::1]:1', ''].map(
    destination => [`a pingReq to ${destination}`, writeMessage(pingReq, { seq: 1, destination })] as const,
  ),
  ...[-1, 1.5, 2 ** 53, '1', null].map(
    seq => [`a ping numbered ${seq}`, writeMessage(ping, { seq })] as const,
  ),
  ...['bad', '127.0.0.1:99999', 'nowhere.invalid:1', 1, null, '__proto__', undefined].flatMap(host => [
    [`an update of ${host}`, writeMessage(update, { ...record, host })] as const,
    [`a sync with ${host}`, writeMessage(sync, { ...record, host })] as const,
  ]),
  ['a sync of another host', writeMessage(sync, record)],
  ...[2 ** 53, 1e308, -1, '1', null, now + 4096 * 2 * 86_400_000].map(
    incarnation =>
      [
        `an update with incarnation ${incarnation}`,
        writeMessage(update, { ...record, incarnation }),
      ] as const,
  ),
  ...[3, -1, '0', null].map(
    state => [`an update with state ${state}`, writeMessage(update, { ...record, state })] as const,
  ),
  ...[
    null,
    1,
    'x',
    [],
    {},
    { ...meta, n: '' },
    { ...meta, n: '__proto__ ' },
    { ...meta, n: 'x'.repeat(65) },
  ].map(
    bad =>
      [`an update with meta ${JSON.stringify(bad)}`, writeMessage(update, { ...record, meta: bad })] as const,
  ),
  ...[
    { i: 0.5 },
    { i: 2 ** 53 },
    { i: '1' },
    { a: 'nowhere' },
    { a: 'x:0' },
    { a: 1 },
    { z: 1 },
    { z: '\n' },
    { v: {} },
  ].map(
    bad =>
      [
        `an update with ${JSON.stringify(bad)}`,
        writeMessage(update, { ...record, meta: { ...meta, ...bad } }),
      ] as const,
  ),
  [
    'meta too deep',
    raw(
      update,
      `{"host":"127.0.0.1:1","state":0,"incarnation":1,"meta":${'{"n":'.repeat(150)}1${'}'.repeat(151)}`,
    ),
  ],
  ['lists too deep', raw(update, `{"meta":${'['.repeat(600)}${']'.repeat(600)}}`)],
  ['an unknown type', raw(99, '{}')],
  ['a compound without a length', Buffer.from([compound])],
  ['a compound in a compound', nested(2)],
  ['compounds as deep as fits', nested(200)],
  ['a compound that is shorter than it says', Buffer.from([compound, 2, 0, 5, 0, ping])],
  [
    'a compound that is longer than it says',
    Buffer.concat([compoundOf(raw(ping, '{}')), Buffer.from('more')]),
  ],
  ['a compound of 65,535 parts', Buffer.from([compound, 255, 255, 0, 0])],
  [
    'an answer with too many bearers',
    writeMessage(is, { name: 'n1', at: '127.0.0.1:1', bearers: Array(4).fill({}) }),
  ],
  ['an answer with broken bearers', writeMessage(is, { name: 'n1', at: '127.0.0.1:1', bearers: [null, 1] })],
]

describe.each([
  ['with a secret', createKeyring([testSecret])],
  ['without a secret', createKeyring([])],
])('a cluster %s', (_, sealer: Sealer) => {
  let cluster: SwimCluster
  let nodes: readonly SwimMembership[]
  let target: SwimMembership
  let peer: GossipPeer

  beforeEach(async () => {
    cluster = new SwimCluster()
    nodes = await cluster.startMany(2, { sealer })
    target = nodes[0]
    peer = await openPeer(target.self.gossip, sealer)
  })
  afterEach(async () => {
    peer.close()
    await cluster.close()
  })

  const unharmed = async (attack: () => Promise<void>) => {
    const changes = recordChanges(nodes)
    await attack()
    await peer.settled()
    await afterTraffic(nodes, 8)
    await converged(nodes)
    expect(changes).toEqual({ ups: [], downs: [] })
    expect(target.stats.failed).toBe(0)
  }

  it('survives each datagram that ends the library, well sealed, and counts it', async () => {
    await unharmed(async () => {
      for (const [what, payload] of hostile) {
        const { invalid } = target.stats
        peer.send(payload)
        await eventually(() => expect(target.stats.invalid, what).toBeGreaterThan(invalid))
      }
    })
  })

  it('survives each of them inside a compound, and takes in the good ones beside it', async () => {
    await unharmed(async () => {
      for (const [, payload] of hostile) {
        if (payload.length < 1200) peer.send(compoundOf(payload, writeMessage(ping, { seq: 1 })))
      }
    })
  })

  it('survives each of them unsealed, and counts it', async () => {
    await unharmed(async () => {
      for (const [what, payload] of hostile) {
        const { rejected } = target.stats
        peer.sendRaw(payload)
        await eventually(() => expect(target.stats.rejected, what).toBeGreaterThan(rejected))
      }
    })
  })

  it('survives what is too long', async () => {
    await unharmed(async () => {
      const { rejected } = target.stats
      peer.send(nested(12_000))
      peer.send(raw(update, '['.repeat(60_000)))
      peer.sendRaw(randomBytes(65_000))
      await eventually(() => expect(target.stats.rejected).toBe(rejected + 3))
    })
  })

  it('survives senders that are no addresses', async () => {
    await unharmed(async () => {
      for (const from of ['', 'x', 'nowhere.invalid:1', '127.0.0.1:99999', '[::1]:1', 'x'.repeat(255)]) {
        peer.send(writeMessage(ping, { seq: 1 }), from)
      }
    })
  })

  it('survives thousands of random datagrams', async () => {
    await unharmed(async () => {
      for (let i = 0; i < 3000; i++) {
        const body = randomBytes(randomInt(80))
        const type = [...types, compound, randomInt(256)][randomInt(types.length + 2)]
        const payload = Buffer.concat([Buffer.from([type]), body])
        if (i % 3 === 0) peer.sendRaw(payload)
        else peer.send(payload)
        // No more at once than the socket's buffer holds.
        if (i % 100 === 0) await peer.settled()
      }
    })
  })

  it('survives good messages that were cut, or changed in a bit', async () => {
    await unharmed(async () => {
      const good = [
        writeMessage(ping, { seq: 1 }),
        writeMessage(pingReq, { seq: 1, destination: nodes[1].self.gossip }),
        writeMessage(is, { name: 'n1', at: '127.0.0.1:1', bearers: [] }),
        compoundOf(writeMessage(ping, { seq: 1 }), writeMessage(ack, { seq: 1 })),
      ]
      for (const message of good) {
        for (let length = 0; length < message.length; length++) {
          peer.send(message.subarray(0, length))
          if (length % 40 === 0) await peer.settled()
        }
        for (let bit = 0; bit < message.length * 8; bit += 3) {
          const changed = Buffer.from(message)
          changed[bit >> 3] ^= 1 << (bit & 7)
          peer.send(changed)
          if (bit % 120 === 0) await peer.settled()
        }
      }
    })
  })
})

describe('a sealed datagram', () => {
  let cluster: SwimCluster
  let nodes: readonly SwimMembership[]
  let peer: GossipPeer
  const heard: Buffer[] = []

  beforeEach(async () => {
    cluster = new SwimCluster()
    heard.length = 0
    nodes = await cluster.startMany(2)
    const { gossip } = nodes[0].self
    cluster.network.passed = (datagram, _from, to) => {
      if (to === gossip) heard.push(Buffer.from(datagram))
    }
    peer = await openPeer(gossip, createKeyring([testSecret]))
    await eventually(() => expect(heard.length).toBeGreaterThan(8))
  })
  afterEach(async () => {
    peer.close()
    await cluster.close()
  })

  const allRejected = async (datagrams: readonly Buffer[]) => {
    for (const datagram of datagrams) {
      const { rejected } = nodes[0].stats
      peer.sendRaw(datagram)
      await eventually(() => expect(nodes[0].stats.rejected).toBe(rejected + 1))
    }
    await converged(nodes)
  }

  it('is refused when it comes again', async () => {
    await allRejected(heard.slice(0, 8))
  })

  it('is refused when a bit of it was changed', async () => {
    const unheard = peer.seal(writeMessage(ping, { seq: 1 }))
    // Every bit is in the test of the keyring.
    const changed = Array.from({ length: unheard.length }, (_, i) => {
      const bit = i * 8 + (i % 8)
      const copy = Buffer.from(unheard)
      copy[bit >> 3] ^= 1 << (bit & 7)
      return copy
    })
    await allRejected(changed)
  })

  it('is refused when it was cut', async () => {
    const unheard = peer.seal(writeMessage(ping, { seq: 1 }))
    await allRejected(Array.from({ length: unheard.length }, (_, length) => unheard.subarray(0, length)))
  })
})
