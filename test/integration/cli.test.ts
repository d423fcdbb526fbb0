import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ClusterNode, createNode } from '../../src/index.ts'
import {
  CommandLine,
  childrenOf,
  isAlive,
  killAll,
  type Ran,
  run,
  Terminal,
} from '../support/command-line.ts'

const root = join(import.meta.dirname, '../..')
const secret = 'a secret for the command line'
const loopback = { listen: '127.0.0.1:0', gossip: '127.0.0.1:0', secret }
const folder = mkdtempSync(join(tmpdir(), 'mnemesh-cli-'))
const slow = { timeout: 10_000, interval: 50 }

const addressOf = (node: ClusterNode) => `127.0.0.1:${node.ports.grpc}`
const gossipOf = (node: ClusterNode) => `127.0.0.1:${node.ports.gossip}`
const json = ({ stdout }: Ran): unknown => JSON.parse(stdout)

const file = (name: string, content: string) => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

afterAll(async () => {
  await killAll()
  rmSync(folder, { recursive: true })
})

describe('mnemesh, asking a cluster', () => {
  let a: ClusterNode
  let b: ClusterNode
  let environment: Record<string, string>

  const mnemesh = (...args: string[]) => run(args, { environment })
  const start = (name: string) => createNode({ ...loopback, name, profile: 'test', seeds: [gossipOf(a)] })

  beforeAll(async () => {
    a = await createNode({ ...loopback, name: 'a', profile: 'test' })
    b = await start('b')
    environment = { MNEMESH_ENDPOINT: addressOf(a) }
    await a.table('users', {})
  })

  afterAll(async () => {
    await Promise.all([a, b].map(node => node?.close()))
  })

  it('shows the status, as text and as JSON', async () => {
    const { code, stdout, stderr } = await mnemesh('status')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(
      /^cluster mnemesh {3}2 nodes up {3}leader [ab] {3}schema \d+ {3}healthy\nNODE +STATE +ADDRESS .*\na\* +up +127\.0/,
    )
    expect(stdout).toMatch(/\nusers +set +2 ram_copies /)
    expect(stdout).not.toContain('\x1b')
    const status = await mnemesh('status', '--json', '--check')
    expect(status.code).toBe(0)
    expect(json(status)).toMatchObject({ self: 'a', healthy: true, nodes: [{ name: 'a' }, { name: 'b' }] })
  })

  it('sets, gets, scans and deletes', async () => {
    expect(await mnemesh('set', 'users', 'ada', '{"name":"Ada"}', '--ttl', '1h', '--ack', 'all')).toEqual({
      code: 0,
      stdout: 'ok\n',
      stderr: '',
    })
    expect(await mnemesh('get', 'users', 'ada')).toMatchObject({ code: 0, stdout: '{"name":"Ada"}\n' })
    const wide = await mnemesh('get', 'users', 'ada', '-o', 'wide')
    expect(wide.stdout).toMatch(/^{"name":"Ada"} {3}version \S+ {3}expires in 59m \d+s {3}written on a\n$/)
    const entry = json(await mnemesh('get', 'users', 'ada', '--json'))
    expect(entry).toMatchObject({ key: 'ada', value: { name: 'Ada' }, node: 'a' })
    expect((await mnemesh('scan', 'users')).stdout).toBe('ada\t{"name":"Ada"}\n')
    const lines = (await mnemesh('scan', 'users', '--json', '--prefix', 'a', '--limit', '5')).stdout
    expect(JSON.parse(lines)).toEqual({ key: 'ada', value: { name: 'Ada' } })
    expect((await mnemesh('delete', 'users', 'ada')).stdout).toBe('deleted\n')
    expect(json(await mnemesh('delete', 'users', 'ada', '--json'))).toEqual({ deleted: false })
    expect((await mnemesh('scan', 'users', '--keys')).stdout).toBe('')
  })

  it('takes keys of all types, and -1 for a number', async () => {
    await mnemesh('set', 'users', '-1', 'minus', '--key-type', 'number')
    await mnemesh('set', 'users', '["tenant-1",42]', 'tuple', '--key-type', 'json')
    const users = await b.table('users')
    expect(await users.getMany([-1, ['tenant-1', 42]])).toEqual(['minus', 'tuple'])
    const found = await mnemesh('scan', 'users', '--key-type', 'json', '--prefix', '["tenant-1"]')
    expect(found.stdout).toBe('["tenant-1",42]\ttuple\n')
    await users.clear()
  })

  it('ends with 1 where there is no entry, or one too many', async () => {
    const missing = await mnemesh('get', 'users', 'nobody')
    expect(missing).toEqual({ code: 1, stdout: '', stderr: 'table users has no entry under nobody\n' })
    const told = await mnemesh('get', 'users', 'nobody', '--json')
    expect(JSON.parse(told.stderr)).toEqual({ error: { message: 'table users has no entry under nobody' } })
    expect((await mnemesh('set', 'users', 'once', '1', '--if-absent')).code).toBe(0)
    expect((await mnemesh('set', 'users', 'once', '2', '--if-absent')).code).toBe(1)
    expect((await mnemesh('get', 'users', 'once')).stdout).toBe('1\n')
  })

  it('stores bytes from stdin as they are', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 10])
    expect((await mnemesh('table', 'create', 'files', '--codec', 'bytes')).code).toBe(0)
    expect((await run(['set', 'files', 'f', '-', '--raw'], { environment, input: bytes })).code).toBe(0)
    const got = new CommandLine(['get', 'files', 'f', '--raw'], { environment })
    await got.ended
    expect(got.bytes).toEqual(bytes)
    const refused = await mnemesh('set', 'files', 'f', 'text')
    expect(refused.stderr).toMatch(/^error ERR_BAD_TYPE: table files holds bytes: give them with --raw/)
    await a.admin.dropTable('files')
  })

  it('creates tables, shows them, moves their copies and drops them', async () => {
    const created = await mnemesh(
      'table',
      'create',
      'small',
      '--copies',
      'a',
      '--ttl',
      '5m',
      '--max-entries',
      '10',
    )
    expect(created).toMatchObject({ code: 0, stderr: '' })
    const different = await mnemesh('table', 'create', 'small', '--ttl', '6m')
    expect(different).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error ERR_TABLE_MISMATCH: /) })
    expect((await mnemesh('table', 'list')).stdout).toMatch(/\nsmall +set +1 ram_copies .* 5m +active\n/)
    expect((await mnemesh('table', 'add-copy', 'small', 'b')).code).toBe(0)
    const copies = async () =>
      (await a.admin.tableInfo('small')).copies.map(({ node, state }) => `${node} ${state}`)
    await expect.poll(copies, slow).toEqual(['a active', 'b active'])
    expect((await mnemesh('table', 'info', 'small')).stdout).toMatch(
      /limits +at most 10 entries\n(.*\n)+b +active/,
    )
    expect((await mnemesh('table', 'remove-copy', 'small', 'b')).code).toBe(0)
    await expect.poll(copies, slow).toEqual(['a active'])
    expect(json(await mnemesh('table', 'info', 'small', '--json'))).toMatchObject({
      definition: { ttlMs: 300_000 },
    })
    expect((await mnemesh('table', 'drop', 'small')).code).toBe(0)
    expect(await mnemesh('get', 'small', 'x')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/ERR_TABLE_UN/),
    })
  })

  it('makes counter tables, and counts', async () => {
    expect((await mnemesh('table', 'create', 'hits', '--type', 'counter')).code).toBe(0)
    expect((await mnemesh('table', 'list')).stdout).toMatch(/\nhits +counter +2 ram_copies /)
    expect((await mnemesh('increment', 'hits', 'k')).stdout).toBe('1\n')
    expect((await mnemesh('increment', 'hits', 'k', '41')).stdout).toBe('42\n')
    expect(json(await mnemesh('increment', 'hits', 'k', '--json', '--', '-2'))).toEqual({ sum: 40 })
    expect((await mnemesh('get', 'hits', 'k')).stdout).toBe('40\n')
    expect((await mnemesh('scan', 'hits')).stdout).toContain('40')
    const refused = await mnemesh('set', 'hits', 'k', '1')
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error ERR_BAD_TYPE: .* increment/),
    })
    expect((await mnemesh('increment', 'hits', 'k', 'much')).code).toBe(2)
    expect((await mnemesh('delete', 'hits', 'k')).code).toBe(0)
    expect((await mnemesh('get', 'hits', 'k')).code).toBe(1)
    expect((await mnemesh('table', 'drop', 'hits', '--yes')).code).toBe(0)
  })

  it('makes majority tables, and reads them as they are or as the node has them', async () => {
    expect((await mnemesh('table', 'create', 'agreed', '--majority')).code).toBe(0)
    expect((await mnemesh('table', 'info', 'agreed')).stdout).toMatch(/ack +a majority, always/)
    expect((await mnemesh('set', 'agreed', 'k', '1')).code).toBe(0)
    expect((await mnemesh('get', 'agreed', 'k')).stdout).toBe('1\n')
    expect((await mnemesh('get', 'agreed', 'k', '--local')).stdout).toBe('1\n')
    expect((await mnemesh('table', 'create', 'both', '--majority', '--ack', 'all')).code).toBe(2)
    expect((await mnemesh('table', 'drop', 'agreed', '--yes')).code).toBe(0)
  })

  it('changes options of a table, moves its copies, and knows its nodes', async () => {
    expect((await mnemesh('table', 'create', 'moving', '--copies', 'a', '--ttl', '1h')).code).toBe(0)
    const changed = await mnemesh(
      'table',
      'change',
      'moving',
      '--ttl',
      'none',
      '--max-entries',
      '5',
      '--json',
    )
    expect(json(changed)).toMatchObject({ definition: { maxEntries: 5 } })
    expect((await mnemesh('table', 'info', 'moving')).stdout).toMatch(
      /ttl +none\n +limits +at most 5 entries/,
    )
    expect(await mnemesh('table', 'change', 'moving')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no option of table moving to change was given; these can: ttl'),
    })
    expect((await mnemesh('set', 'moving', 'k', '1', '--ack', 'local')).code).toBe(0)
    expect(await mnemesh('table', 'move-copy', 'moving', 'a', 'b')).toMatchObject({
      code: 0,
      stdout: 'b holds the copy of table moving that a had\n',
    })
    expect((await mnemesh('get', 'moving', 'k')).stdout).toBe('1\n')
    expect(await mnemesh('table', 'create', 'haunted', '--copies', 'a,ghost')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/there is no node "ghost" in this cluster.* its nodes are a, b/),
    })
    expect((await mnemesh('table', 'info', 'haunted')).stderr).toMatch(/ERR_TABLE_UNKNOWN/)
    expect((await mnemesh('table', 'drop', 'moving', '--yes')).code).toBe(0)
  })

  it('runs a command under a lock, one at a time, and ends as it does', async () => {
    const token = 'process.stdout.write(process.env.MNEMESH_LOCK_TOKEN)'
    const { code, stdout } = await mnemesh('lock', 'l', '--', process.execPath, '-e', token)
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+$/)])
    expect((await mnemesh('lock', 'l', '--', process.execPath, '-e', 'process.exit(7)')).code).toBe(1)
    expect(await mnemesh('lock', 'l', '--', 'no-such-program')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no-such-program could not be run: '),
    })
    const held = await a.locks.acquire('l')
    expect(await mnemesh('lock', 'l', '--no-wait', '--', process.execPath, '-e', token)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('ERR_CONFLICT'),
    })
    await held.release()
    expect(await a.locks.query()).toEqual([])
  })

  it('tells a cluster that is not healthy by --check', async () => {
    const c = await start('c')
    await c.close()
    const seen = async () => (await mnemesh('status', '--check')).stdout
    await expect.poll(seen, { timeout: 20_000 }).toMatch(/2 of 3 nodes up .*degraded\n(.*\n)+c +down /)
    expect((await mnemesh('status', '--check')).code).toBe(1)
    expect((await mnemesh('status')).code).toBe(0)
    await a.admin.removeCopy('users', 'c')
  })

  it('joins islands, and has a node leave', async () => {
    const island = await createNode({ ...loopback, name: 'island', profile: 'test' })
    const endpoint = addressOf(island)
    expect((await mnemesh('join', gossipOf(a), '--endpoint', endpoint)).code).toBe(0)
    const names = async () => (await a.admin.status()).nodes.map(({ name }) => name)
    await expect.poll(names, slow).toEqual(['a', 'b', 'island'])
    expect((await mnemesh('leave', '--endpoint', endpoint)).code).toBe(0)
    expect(await island.closed).toBeUndefined()
    await expect.poll(names, slow).toEqual(['a', 'b'])
    const wrong = await mnemesh('join', 'nowhere')
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error ERR_INVALID_OPTION: a seed is/),
    })
  })

  it('answers every verb in JSON with --json', async () => {
    const done = async (...args: string[]) => {
      const ran = await mnemesh(...args, '--json')
      expect({ ...ran, args }).toMatchObject({ code: 0, stderr: '' })
      return json(ran)
    }
    expect(await done('table', 'create', 'spoken', '--copies', 'a')).toMatchObject({ name: 'spoken' })
    expect(await done('table', 'list')).toMatchObject([{ name: 'spoken' }, { name: 'users' }])
    expect(await done('table', 'add-copy', 'spoken', 'b')).toEqual({ done: 'b adds a copy of table spoken' })
    expect(await done('table', 'remove-copy', 'spoken', 'b')).toEqual({
      done: 'b gives up its copy of table spoken',
    })
    expect(await done('set', 'spoken', 'k', '[1]')).toEqual({ written: true })
    expect(await done('scan', 'spoken', '--keys')).toBe('k')
    expect(await done('table', 'drop', 'spoken')).toEqual({ done: 'table spoken is dropped' })
    expect(await done('join', gossipOf(b))).toEqual({ seeds: [gossipOf(b)] })
  })

  it('prints a block for each change with --watch', async () => {
    const watch = new CommandLine(['status', '--watch', '--json'], { environment })
    const tables = () =>
      watch.stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line || '{"tables":[]}').tables.length)
    await expect.poll(tables, slow).toEqual([1])
    await a.table('watched', {})
    await expect.poll(() => tables().at(-1), slow).toBe(2)
    await a.admin.dropTable('watched')
    watch.kill('SIGKILL')
    await watch.ended
  })

  it('says quickly and quietly whether the node is ready', async () => {
    expect(await mnemesh('health')).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(json(await mnemesh('health', '--json'))).toEqual({ ready: true })
    const away = await run(['health', '--endpoint', '127.0.0.1:1'])
    expect(away).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^no node answers at/) })
  })
})

describe('mnemesh, used wrongly', () => {
  it.each([
    [[], /no command given/],
    [['start', '--config', '/nowhere.json'], /cannot be read/],
    [['start', '--listen', 'everywhere'], /option listen must be host:port/],
    [['start', '--listen', '0.0.0.0:0', '--gossip', '127.0.0.1:0'], /option secret is needed/],
  ])('%j ends with 2', async (args, message) => {
    const { code, stdout, stderr } = await run(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/(^|\n)error ERR_INVALID_(ARGUMENT|OPTION): /)
    expect(stderr).not.toMatch(/\n +at /)
  })

  it('refuses unknown keys of the file, as JSON with --json', async () => {
    const config = file('wrong.json', '{ "nmae": "a" }')
    const { code, stderr } = await run(['start', '--json', '--config', config])
    expect(code).toBe(2)
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'ERR_INVALID_OPTION' } })
    expect(stderr).toContain('unknown setting')
  })

  it.each([[['--json']], [['table', '--json']]])('%j is answered by nothing but JSON', async args => {
    const { code, stdout, stderr } = await run(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'ERR_INVALID_ARGUMENT' } })
  })

  it('ends with 3 when no node can be reached', async () => {
    const { code, stderr } = await run(['get', 'users', 'k', '--endpoint', '127.0.0.1:1'])
    expect(code).toBe(3)
    expect(stderr).toMatch(/^error ERR_UNAVAILABLE: no node answers at 127\.0\.0\.1:1; start one/)
  })

  it('has help and versions on stdout', async () => {
    const help = await run(['--help'])
    expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('status [options]') })
    const version = await run(['version', '--json'])
    expect(json(version)).toMatchObject({
      version: expect.stringMatching(/^\d/),
      node: process.versions.node,
    })
  })
})

describe('mnemesh start', () => {
  const grpcOf = ({ stdout }: CommandLine) => /"grpc":"127\.0\.0\.1:(\d+)"/.exec(stdout)?.[1]
  const gossipIn = ({ stdout }: CommandLine) => /"gossip":"([^"]+)"/.exec(stdout)?.[1] ?? ''
  const flags = ['--listen', '127.0.0.1:0', '--gossip', '127.0.0.1:0']

  const started = async (args: string[], environment: Record<string, string> = {}) => {
    const node = new CommandLine(['start', ...flags, ...args], {
      environment: { MNEMESH_SECRET: secret, ...environment },
    })
    await expect.poll(() => grpcOf(node) ?? node.stderr, slow).toMatch(/^\d+$/)
    return node
  }

  afterEach(killAll)

  it('runs a node with the tables of its file, logs JSON, and ends with 0 on SIGTERM', async () => {
    const tables = [{ name: 'sessions', options: { ttl: '30m' } }]
    const config = file('node.json', JSON.stringify({ name: 'from-file', cluster: 'shop', tables }))
    const node = await started(['--config', config], { MNEMESH_NAME: 'from-environment' })
    const seen = json(await run(['status', '--json', '--endpoint', `127.0.0.1:${grpcOf(node)}`]))
    expect(seen).toMatchObject({ cluster: 'shop', self: 'from-environment', tables: [{ name: 'sessions' }] })
    node.kill('SIGTERM')
    const { code, stdout, stderr } = await node.ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const messages = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).msg)
    expect(messages).toEqual(
      expect.arrayContaining(['node started', 'listening', 'stopping', 'node stopped']),
    )
  })

  it('ends with 0 when it is asked to leave', async () => {
    const node = await started([])
    expect((await run(['leave', '--endpoint', `127.0.0.1:${grpcOf(node)}`])).code).toBe(0)
    expect((await node.ended).code).toBe(0)
  })

  it('ends with 1 when its port or its name is taken, with 3 when it must find others and cannot', async () => {
    const node = await started(['--name', 'one'])
    const taken = await run(['start', '--listen', `127.0.0.1:${grpcOf(node)}`, '--gossip', '127.0.0.1:0'])
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error ERR_ADDRESS_IN_USE: /) })
    const namesake = ['start', ...flags, '--name', 'one', '--seeds', gossipIn(node)]
    const twice = await run(namesake, { environment: { MNEMESH_SECRET: secret } })
    expect(twice).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error ERR_NAME_IN_USE: /) })
    const alone = ['--bootstrap', 'manual', '--bootstrap-timeout', '200ms', '--seeds', '127.0.0.1:1']
    const unreachable = await run(['start', ...flags, ...alone, '--log-level', 'silent'])
    expect(unreachable).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/^error ERR_UNAVAIL/),
    })
  })
})

describe('mnemesh dev', () => {
  afterEach(killAll)

  const upAndRunning = async (dev: CommandLine, nodes: number) => {
    await expect
      .poll(() => dev.stdout, { ...slow, timeout: 30_000 })
      .toMatch(new RegExp(`${nodes} nodes up .*healthy`))
    return childrenOf(dev.pid)
  }

  it('runs its demonstration to the end and leaves nothing behind', async () => {
    const { code, stdout, stderr } = await run(['dev', '--nodes', '3', '--demo'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const steps = [...stdout.matchAll(/^\d {2}(.*)$/gm)].map(([, step]) => step)
    expect(steps).toEqual([
      'The nodes find each other',
      'What is written on one node is in the memory of all',
      'Counters lose nothing, wherever they are incremented',
      'A condition is decided once',
      'node-3 dies, the others go on',
      'node-3 comes back with empty memory and loads its copies',
    ])
    expect(stdout).toMatch(/2 of 3 nodes up .*degraded\n(.*\n)+ +node-3 +down /)
    expect(stdout).toMatch(/node-3 +holds visits in its own memory: 400\n/)
    expect(stdout).toContain('All of it happened on real nodes, and every line was checked.')
    expect(stdout).not.toContain('\x1b')
  }, 60_000)

  it('is what npm start runs', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(scripts.start).toBe('tsx src/cli/main.ts dev --nodes 3 --demo')
  })

  // By the `script` of util-linux, which every Linux has.
  it.runIf(process.platform === 'linux')(
    'keeps the cluster up on a terminal until Ctrl-C',
    async () => {
      const dev = new Terminal(['dev', '--nodes', '3', '--demo'])
      await expect.poll(() => dev.shown, { ...slow, timeout: 45_000 }).toContain('every line was checked')
      const redrawn = () => dev.shown.split('\r\x1b[J').slice(2).at(-1)
      await expect.poll(redrawn, slow).toMatch(/3 nodes up.*healthy(.*\n)+Ctrl-C ends the nodes\n/)
      const port = /node-1\* .*127\.0\.0\.1:(\d+)/.exec(dev.shown)?.[1]
      const endpoint = `127.0.0.1:${port}`
      expect((await run(['get', 'guests', 'visits', '--endpoint', endpoint])).stdout).toBe('400\n')
      dev.type('\x03')
      expect(await dev.ended).toBe(0)
      expect((await run(['health', '--endpoint', endpoint])).code).toBe(1)
    },
    60_000,
  )

  it.runIf(process.platform === 'linux')(
    'ends after it where nobody can press Ctrl-C',
    async () => {
      const dev = new Terminal(['dev', '--nodes', '3', '--demo'], { redirected: '</dev/null' })
      expect(await dev.ended).toBe(0)
      expect(dev.shown).toContain('every line was checked')
      expect(dev.shown).not.toContain('Ctrl-C')
    },
    60_000,
  )

  it('ends its nodes on SIGTERM, in order', async () => {
    const dev = new CommandLine(['dev', '--nodes', '2'])
    const children = await upAndRunning(dev, 2)
    expect(children).toHaveLength(2)
    dev.kill('SIGTERM')
    expect(await dev.ended).toMatchObject({ code: 0, stderr: '' })
    expect(children.filter(isAlive)).toEqual([])
  })

  it('leaves no node behind when it is killed', async () => {
    const dev = new CommandLine(['dev', '--nodes', '2'])
    const children = await upAndRunning(dev, 2)
    expect(children).toHaveLength(2)
    dev.kill('SIGKILL')
    await expect.poll(() => children.filter(isAlive), slow).toEqual([])
  })
})
