import { createClient, type MeshClient } from '../../client/index.ts'
import type { Output } from '../output.ts'
import { downNodes, statusText } from '../status-text.ts'
import { valueText } from '../values.ts'
import { check, Guide, since, until } from './guide.ts'
import type { LocalCluster } from './local-cluster.ts'
import type { LocalNode } from './local-node.ts'

const guests = 'guests'
const ada = { name: 'Ada Lovelace', table: 7 }
const grace = { name: 'Grace Hopper', table: 3 }

/** A node of the cluster, and a client that speaks to it only. */
interface Stage {
  readonly node: LocalNode
  readonly client: MeshClient
}

/**
 * Shows on running nodes what the tables do, and checks what it shows. Throws when something is not as it should be.
 * Needs three nodes; kills the last of them and starts it again.
 */
export async function runDemo(cluster: LocalCluster, out: Output): Promise<void> {
  const guide = new Guide(out)
  const stages = cluster.nodes.map(
    (node): Stage => ({ node, client: createClient({ endpoints: [node.grpc], discover: false }) }),
  )
  try {
    const [first] = stages
    const last = stages.at(-1)
    if (first === undefined || last === undefined) return
    guide.title(`${stages.length} nodes on this machine, each a process, with a secret made for this run`)
    await meet(guide, stages, first)
    await replicate(guide, stages, first)
    await count(guide, stages)
    await decide(guide, stages)
    const others = stages.filter(stage => stage !== last)
    await lose(guide, others, { first, last })
    await comeBack(guide, stages, { first, last, cluster })
    guide.title('All of it happened on real nodes, and every line was checked.')
  } finally {
    for (const { client } of stages) await client.close()
  }
}

async function meet(guide: Guide, stages: readonly Stage[], { client }: Stage): Promise<void> {
  guide.step('The nodes find each other')
  const status = await until('all nodes up and healthy', async () => {
    const seen = await client.admin.status()
    return seen.healthy && seen.nodes.length === stages.length ? seen : undefined
  })
  guide.block(statusText(status, guide.paint), status)
}

async function replicate(guide: Guide, stages: readonly Stage[], { node, client }: Stage): Promise<void> {
  guide.step('What is written on one node is in the memory of all')
  const table = await client.table(guests, {})
  const ms = since()
  await table.set('ada', ada, { ack: 'all' })
  guide.line(node.name, `set ${guests} ada ${valueText(ada)}   on all nodes after ${ms()} ms`)
  for (const { node } of stages) await holds(guide, node, ['ada', ada])
}

async function count(guide: Guide, stages: readonly Stage[]): Promise<void> {
  const each = 100
  guide.step('Counters lose nothing, wherever they are incremented')
  const ms = since()
  await Promise.all(stages.map(({ client }) => increment(client, each)))
  const total = await visits(stages[0])
  check(total === each * stages.length, `visits should be ${each * stages.length}, not ${total}`)
  guide.line('all', `${each} increments on each node at the same time: visits = ${total}   after ${ms()} ms`)
}

async function decide(guide: Guide, stages: readonly Stage[]): Promise<void> {
  guide.step('A condition is decided once')
  const won = await Promise.all(
    stages.map(({ node, client }) =>
      client.existing(guests).set('window seat', node.name, { ifAbsent: true }),
    ),
  )
  const winners = stages.filter((_, i) => won[i] === true).map(({ node }) => node.name)
  const losers = stages.filter((_, i) => won[i] !== true).map(({ node }) => node.name)
  check(winners.length === 1, `one node should have got the seat, not ${winners.length}`)
  guide.line('all', `set ${guests} "window seat" at the same time, if there is none`)
  guide.line(String(winners[0]), `got it; ${losers.join(' and ')} did not`)
  const seat = await stages[0]?.client.existing(guests).get('window seat')
  check(seat === winners[0], `the seat should be ${winners[0]}'s, not ${seat}'s`)
}

async function lose(
  guide: Guide,
  others: readonly Stage[],
  { first, last }: { readonly first: Stage; readonly last: Stage },
): Promise<void> {
  const writes = 100
  guide.step(`${last.node.name} dies, the others go on`)
  const ms = since()
  await last.node.kill()
  guide.line(last.node.name, 'kill -9')
  const slowest: number[] = []
  for (let i = 0; i < writes; i++) {
    const { client } = others[i % others.length] ?? first
    const took = since()
    await client.existing(guests).set('grace', { ...grace, edit: i })
    slowest.push(Number(took()))
  }
  await first.client.existing(guests).set('grace', grace)
  guide.line(
    others.map(({ node }) => node.name).join(', '),
    `${writes} writes, each on two nodes when it was done, the slowest after ${Math.max(...slowest)} ms`,
  )
  const status = await until(`${last.node.name} is down in the eyes of all`, async () => {
    const seen = await first.client.admin.status()
    return downNodes(seen).includes(last.node.name) && seen.differingViews.length === 0 ? seen : undefined
  })
  guide.line('all', `noticed after ${ms()} ms`)
  guide.block(statusText(status, guide.paint), status)
  await Promise.all(others.map(({ client }) => increment(client, 50)))
  guide.line('all', `50 more increments on each: visits = ${await visits(first)}`)
}

async function comeBack(
  guide: Guide,
  stages: readonly Stage[],
  { first, last, cluster }: { readonly first: Stage; readonly last: Stage; readonly cluster: LocalCluster },
): Promise<void> {
  guide.step(`${last.node.name} comes back with empty memory and loads its copies`)
  const ms = since()
  await cluster.restart(last.node)
  guide.line(last.node.name, `ready after ${ms()} ms`)
  await holds(guide, last.node, ['ada', ada])
  await holds(guide, last.node, ['grace', grace])
  const total = 100 * stages.length + 50 * (stages.length - 1)
  await holds(guide, last.node, ['visits', total])
  const status = await until('all nodes up and healthy', async () => {
    const seen = await first.client.admin.status()
    return seen.healthy && seen.nodes.length === stages.length ? seen : undefined
  })
  guide.block(statusText(status, guide.paint), status)
}

// By peek in that very process: no other node is asked.
async function holds(guide: Guide, node: LocalNode, [key, value]: readonly [string, unknown]): Promise<void> {
  const held = await node.peek(guests, key)
  check(
    valueText(held) === valueText(value),
    `${node.name} should hold ${valueText(value)} under ${key}, not ${valueText(held)}`,
  )
  guide.line(node.name, `holds ${key} in its own memory: ${valueText(held)}`)
}

async function increment(client: MeshClient, times: number): Promise<void> {
  const table = client.existing(guests)
  await Promise.all(Array.from({ length: times }, () => table.increment('visits')))
}

async function visits(stage: Stage | undefined): Promise<unknown> {
  return await stage?.client.existing(guests).get('visits')
}
