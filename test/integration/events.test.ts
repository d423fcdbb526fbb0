import { afterAll, describe, expect } from 'vitest'
import type { ClusterEvent } from '../../src/index.ts'
import type { WatchEventsResponse__Output as Told } from '../../src/rpc/generated/mnemesh/v1/WatchEventsResponse.ts'
import { ChildNodes } from '../support/child-nodes.ts'
import { CommandLine, killAll, run } from '../support/command-line.ts'
import { grpcClient } from '../support/grpc-client.ts'
import { allActive, eventually, it, seedOf } from '../support/nodes.ts'

const children = new ChildNodes()
afterAll(async () => {
  await children.close()
  await killAll()
})

/** Reads on in the background. */
function gather(events: AsyncIterable<ClusterEvent>): ClusterEvent[] {
  const seen: ClusterEvent[] = []
  void (async () => {
    for await (const event of events) seen.push(event)
  })()
  return seen
}

const active = (node: string, table: string) => expect.objectContaining({ type: 'copy-active', node, table })

describe('events', () => {
  it('are heard on the node, by a client from every node, over gRPC and on the command line', async ({
    cluster,
  }) => {
    const [a, b] = await cluster.startMany(2)
    const here = gather(a.events)
    const everywhere = gather(cluster.client(a).events.watch({ recent: true }))
    const grpc = grpcClient(a.ports.grpc)
    const told: Told[] = []
    const stream = grpc.cluster.WatchEvents({})
    stream.on('error', () => {})
    stream.on('data', (message: Told) => void told.push(message))
    await eventually(async () => expect(told).toMatchObject([{ member: expect.stringMatching(/^n1#/) }]))
    const environment = { MNEMESH_ENDPOINT: `127.0.0.1:${a.ports.grpc}` }
    const follower = new CommandLine(['--json', 'events', '--follow'], { environment })

    await a.table('t')
    await allActive([a, b], 't')

    await eventually(async () => {
      expect(here).toContainEqual(active('n1', 't'))
      expect(everywhere).toContainEqual(active('n1', 't'))
      expect(everywhere).toContainEqual(active('n2', 't'))
      expect(told.flatMap(({ event }) => event ?? [])).toContainEqual(
        expect.objectContaining({
          type: 'copy-active',
          node: 'n1',
          fields: expect.objectContaining({
            fields: expect.objectContaining({ table: { kind: 'stringValue', stringValue: 't' } }),
          }),
        }),
      )
      expect(
        follower.stdout
          .trim()
          .split('\n')
          .map(line => JSON.parse(line || '{}')),
      ).toContainEqual(active('n1', 't'))
    })
    expect(here.every(({ node }) => node === 'n1')).toBe(true)
    stream.cancel()
    grpc.close()

    const listed = await run(['events'], { environment })
    expect(listed).toMatchObject({ code: 0, stderr: '' })
    expect(listed.stdout).toMatch(/^\S+Z {2}n1 {2}copy-active {2}table=t {2}rows=0 {2}ms=0$/m)
    const { nodes } = await b.admin.status()
    expect(nodes.map(({ events }) => events['copy-active'])).toEqual([1, 1])
  })

  it('go on where they stopped when a node is started anew, and are not told twice', async ({ cluster }) => {
    const a = await cluster.start('n1')
    const client = cluster.client(a)
    const seen = gather(client.events.watch({ recent: true }))
    await a.table('t')
    await eventually(async () => expect(seen).toContainEqual(active('n1', 't')))
    const b = await cluster.start('n2', { seeds: [seedOf(a)] })
    await eventually(async () => expect(seen).toContainEqual(active('n2', 't')))
    const listen = `127.0.0.1:${b.ports.grpc}`
    await b.close()
    await cluster.start('n2', { seeds: [seedOf(a)], listen })
    await eventually(async () =>
      expect(seen.filter(event => event.node === 'n2' && event.type === 'copy-active')).toHaveLength(2),
    )
    expect(seen.filter(event => event.node === 'n1' && event.type === 'copy-active')).toHaveLength(1)
  })

  it('tell who came, who left and who was lost', async ({ cluster }) => {
    const [a, b] = await cluster.startMany(2)
    const seen = gather(a.events.watch({ recent: true }))
    const of = (name: string) =>
      seen.flatMap(event => ('member' in event && event.member === name ? event.type : []))
    await b.close()
    await eventually(async () => expect(of('n2').at(-1)).toBe('member-left'))
    const child = await children.start('n3', { seeds: [seedOf(a)] })
    await eventually(async () => expect(of('n3')).toContain('member-up'))
    await child.kill('SIGKILL')
    await eventually(async () => expect(of('n3').at(-1)).toBe('member-dead'))
    expect(of('n3')).toContain('member-suspect')
    await eventually(async () =>
      expect(seen).toContainEqual(
        expect.objectContaining({ type: 'partition-suspected', unreachable: ['n3'], fraction: 0.5 }),
      ),
    )
    await children.start('n3', { seeds: [seedOf(a)] })
    await eventually(async () =>
      expect(seen).toContainEqual(expect.objectContaining({ type: 'partition-healed', returned: ['n3'] })),
    )
  })

  it('end when the node or the client is closed', async ({ cluster }) => {
    const a = await cluster.start('n1')
    const client = cluster.client(a)
    const watches = [a.events.watch(), client.events.watch()]
    const ends = watches.map(async watch => {
      for await (const _ of watch);
    })
    await client.close()
    await a.close()
    await Promise.all(ends)
  })
})
