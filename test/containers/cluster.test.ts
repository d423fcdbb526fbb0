import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClusterStatus, createClient, type MeshClient } from '../../src/client/index.ts'
import { compose, createNetwork, docker, exec } from '../support/docker.ts'

const root = join(import.meta.dirname, '../..')
const image = 'mnemesh:test'
const run = `mnemesh-test-${process.pid}`
const names = ['node-1', 'node-2', 'node-3'] as const
const grpcPort = 7947
const soon = { timeout: 30_000, interval: 200 }

type Name = (typeof names)[number]

interface Node {
  readonly container: StartedTestContainer
  /** Over the port that is mapped to this host, and asking this node only. */
  readonly client: MeshClient
}

const nodes = new Map<Name, Node>()
const removals: (() => Promise<unknown>)[] = []
let prefix = ''

const node = (name: Name): Node => {
  const found = nodes.get(name)
  if (found === undefined) throw new Error(`${name} was not started`)
  return found
}
const idOf = (name: Name) => node(name).container.getId()
const mnemesh = (name: Name, ...args: string[]) => exec(idOf(name), 'mnemesh', ...args)
// A name of its own: an alias would have testcontainers put it into the default network as well, where no cut is one.
const hostOf = (name: Name) => `${run}-${name}`

async function statusOn(name: Name): Promise<ClusterStatus> {
  const { output } = await mnemesh(name, 'status', '--json')
  return JSON.parse(output)
}

async function untilHealthy(): Promise<void> {
  for (const name of names) {
    const seen = async () => {
      const { healthy, nodes } = await statusOn(name)
      return { healthy, nodes: nodes.map(node => `${node.name} ${node.state}`) }
    }
    await expect.poll(seen, soon).toEqual({ healthy: true, nodes: names.map(other => `${other} up`) })
  }
}

async function rowsOn(name: Name, table: string): Promise<string[]> {
  const { output } = await mnemesh(name, 'scan', table)
  return output.split('\n').sort()
}

async function start(name: Name): Promise<void> {
  const container = await new GenericContainer(image)
    .withName(hostOf(name))
    .withEnvironment({
      MNEMESH_NAME: name,
      MNEMESH_CLUSTER: 'containers',
      MNEMESH_SEEDS: names.map(seed => `${hostOf(seed)}:7946`).join(),
      MNEMESH_SECRET: 'a secret for the containers',
      MNEMESH_INSECURE: 'true',
    })
    .withNetworkMode(run)
    .withExposedPorts(grpcPort)
    .withWaitStrategy(Wait.forLogMessage(/"msg":"listening"/))
    .start()
  const endpoint = `${container.getHost()}:${container.getMappedPort(grpcPort)}`
  nodes.set(name, { container, client: createClient({ endpoints: [endpoint], discover: false }) })
}

beforeAll(async () => {
  await GenericContainer.fromDockerfile(root, 'cluster/Dockerfile').build(image, { deleteOnExit: false })
  const network = await createNetwork(run)
  removals.push(network.remove)
  prefix = network.prefix
  removals.push(() => Promise.all([...nodes.values()].map(({ container }) => container.stop())))
  removals.push(() => Promise.all([...nodes.values()].map(({ client }) => client.close())))
  await Promise.all(names.map(start))
})

afterAll(async () => {
  for (const remove of removals.reverse()) await remove()
})

describe('the image', () => {
  it('runs as nobody in particular, with a read-only root, and has what an image should', async () => {
    const { Config: config } = JSON.parse(await docker('image', 'inspect', image))[0]
    expect(config).toMatchObject({ User: '1000:1000', Entrypoint: ['node', 'dist/cli.js'], Cmd: ['start'] })
    expect(config.Healthcheck.Test).toEqual(['CMD', 'node', 'dist/cli.js', 'health'])
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const labels = ['title', 'version', 'licenses'].map(
      name => config.Labels[`org.opencontainers.image.${name}`],
    )
    expect(labels).toEqual(['mnemesh', version, 'MIT'])
    expect(await docker('run', '--rm', '--read-only', image, 'version')).toMatch(/^mnemesh \d.* Node 24\./)
  })

  it('holds what a node needs and none of the tools that made it', async () => {
    const list = await docker('run', '--rm', '--entrypoint', 'ls', image, '/app', '/app/node_modules')
    expect(list.split('\n')).toEqual(expect.arrayContaining(['dist', 'proto', 'commander']))
    for (const tool of ['src', 'typescript', 'vitest', 'swim']) expect(list.split('\n')).not.toContain(tool)
  })
})

describe('three containers', () => {
  it('form a cluster from one list of seeds, and are healthy to the engine', async () => {
    await untilHealthy()
    const health = () =>
      Promise.all(names.map(name => docker('inspect', '-f', '{{.State.Health.Status}}', idOf(name))))
    await expect.poll(health, soon).toEqual(['healthy', 'healthy', 'healthy'])
  })

  it('read on all what was set on one, over gRPC', async () => {
    const users = await node('node-1').client.table('users', {})
    await users.set('ada', { name: 'Ada' }, { ack: 'all' })
    for (const name of names) {
      expect(await node(name).client.existing('users').get('ada')).toEqual({ name: 'Ada' })
    }
    await untilHealthy()
  })

  it('go on when one is killed, and show it within 5 s', async () => {
    const killed = performance.now()
    await docker('kill', '--signal', 'KILL', idOf('node-3'))
    const { client } = node('node-1')
    const users = client.existing('users')
    await users.set('grace', { name: 'Grace' })
    expect(await node('node-2').client.existing('users').get('grace')).toEqual({ name: 'Grace' })
    const seen = async () => {
      const { nodes, healthy } = await client.admin.status()
      return { healthy, up: nodes.filter(({ state }) => state === 'up').map(({ name }) => name) }
    }
    await expect
      .poll(seen, { timeout: 5000, interval: 50 })
      .toEqual({ healthy: false, up: ['node-1', 'node-2'] })
    expect(performance.now() - killed).toBeLessThan(5000)
    expect((await mnemesh('node-1', 'status', '--check')).code).toBe(1)
  })

  it('take it back when it starts again: it loads its copies and is ready', async () => {
    await docker('start', idOf('node-3'))
    await expect.poll(async () => (await mnemesh('node-3', 'health')).code, soon).toBe(0)
    // Ready is loaded: it says so of its own memory, and answers from it.
    const { nodes, tables } = await statusOn('node-3')
    expect(nodes.find(({ name }) => name === 'node-3')?.localTables).toEqual(['users'])
    expect(tables[0]?.copies.find(({ node }) => node === 'node-3')).toMatchObject({
      state: 'active',
      entries: 2,
    })
    expect((await mnemesh('node-3', 'get', 'users', 'grace')).output).toBe('{"name":"Grace"}')
    await untilHealthy()
  })

  it.each([
    ['the same address', undefined],
    ['another address', 112],
  ])('converge after one was cut off for 20 s and came back with %s', async (_, host) => {
    const table = `cut-${host ?? 'same'}`
    await node('node-1').client.table(table, {})
    await untilHealthy()
    const networks = JSON.parse(await docker('inspect', idOf('node-3')))[0].NetworkSettings.Networks
    expect(Object.keys(networks)).toEqual([run])
    await docker('network', 'disconnect', run, idOf('node-3'))
    const cut = performance.now()
    const near = node('node-1').client.existing(table)
    let writes = 0
    // Both sides write all the time, the same key at last, until the 20 s are over.
    while (performance.now() - cut < 20_000) {
      writes++
      await near.set(`near ${writes}`, writes, { ack: 'local' })
      await near.set('both', `near ${writes}`, { ack: 'local' })
      expect(
        (await mnemesh('node-3', 'set', table, `far ${writes}`, `${writes}`, '--ack', 'local')).code,
      ).toBe(0)
      expect((await mnemesh('node-3', 'set', table, 'both', `far ${writes}`, '--ack', 'local')).code).toBe(0)
    }
    expect((await statusOn('node-1')).nodes.map(({ name }) => name)).toEqual(['node-1', 'node-2'])
    expect((await statusOn('node-3')).nodes.map(({ name }) => name)).toEqual(['node-3'])
    expect(await rowsOn('node-3', table)).toHaveLength(writes + 1)
    const address = host === undefined ? networks[run].IPAddress : `${prefix}.${host}`
    await docker('network', 'connect', '--ip', address, run, idOf('node-3'))
    await untilHealthy()
    const far = (await statusOn('node-1')).nodes.find(({ name }) => name === 'node-3')
    expect(far?.address).toBe(`${address}:${grpcPort}`)
    await expect.poll(() => rowsOn('node-1', table), soon).toHaveLength(2 * writes + 1)
    const rows = await rowsOn('node-1', table)
    expect(rows).toContain(`both\tfar ${writes}`)
    for (const name of names) await expect.poll(() => rowsOn(name, table), soon).toEqual(rows)
  })

  it('end in order when the engine stops them', async () => {
    await docker('stop', '--time', '15', idOf('node-3'))
    expect(await docker('inspect', '-f', '{{.State.ExitCode}}', idOf('node-3'))).toBe('0')
    const { nodes } = await statusOn('node-1')
    expect(nodes.map(({ name }) => name)).toEqual(['node-1', 'node-2'])
  })
})

describe('docker-compose up', () => {
  // Any free ports instead of the published ones: something may be listening there.
  const environment = { COMPOSE_PROJECT_NAME: run, NODE_1_PORT: '', NODE_2_PORT: '', NODE_3_PORT: '' }
  const inCompose = (...args: string[]) =>
    compose(environment, '-f', join(root, 'docker-compose.yml'), ...args)
  const status = () => inCompose('exec', '-T', 'node-1', 'mnemesh', 'status').catch(String)

  afterAll(() => inCompose('down', '--volumes', '--remove-orphans', '--timeout', '15'))

  it('has three nodes in the status, and more when it is scaled', async () => {
    await inCompose('up', '-d', '--build')
    await expect
      .poll(status, soon)
      .toMatch(
        /^cluster demo {3}3 nodes up {3}leader node-\d {3}schema \d+ {3}healthy\n(.*\n)node-1\* .*\nnode-2 .*\nnode-3 /,
      )
    await inCompose('up', '-d', '--scale', 'node=2')
    await expect
      .poll(status, soon)
      .toMatch(/^cluster demo {3}5 nodes up {3}leader .* {3}schema \d+ {3}healthy\n/)
    const ports = await inCompose('port', 'node-1', String(grpcPort))
    expect(ports).toMatch(/^127\.0\.0\.1:\d+$/)
  })
})
