import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { afterAll, afterEach, describe, expect } from 'vitest'
import { freePortPair } from '../../src/cli/dev/ports.ts'
import type { ClusterNode } from '../../src/index.ts'
import { ChildNodes } from '../support/child-nodes.ts'
import { run } from '../support/command-line.ts'
import { asking, grpcClient, refusal } from '../support/grpc-client.ts'
import { all, eventually, it, seedOf, type TestNodes } from '../support/nodes.ts'

const folder = mkdtempSync(join(tmpdir(), 'mnemesh-recover-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const at = (node: ClusterNode) => ['--endpoint', `127.0.0.1:${node.ports.grpc}`]

describe('an operator whose nodes are gone for good', () => {
  const children = new ChildNodes()
  afterEach(() => children.close())

  it('has the one that is left go on with all its rows, as its status says', async ({ cluster }) => {
    const node = await cluster.start('n1')
    const seeds = [seedOf(node)]
    const others = await Promise.all(['n2', 'n3'].map(name => children.start(name, { seeds })))
    await eventually(async () => expect((await node.admin.status()).group.voters).toHaveLength(3), 20_000)
    const table = await node.table<string, number>('m', { majority: true })
    await table.set('k', 1)
    const { id, generation } = (await node.admin.status()).group
    expect(await run(['recover', '--force', '--yes', ...at(node)])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/ERR_CONFLICT.*has a leader/),
    })
    await Promise.all(others.map(other => other.kill('SIGKILL')))
    await eventually(async () => expect((await node.admin.status()).group.hasQuorum).toBe(false))
    const told = await run(['status', ...at(node)])
    expect(told.stdout).toContain("'mnemesh recover --force'")
    await expect(table.set('k', 2)).rejects.toMatchObject({ code: 'ERR_NO_QUORUM' })

    const ran = await run(['recover', '--force', '--yes', '--json', ...at(node)])
    expect(ran.code).toBe(0)
    const group = JSON.parse(ran.stdout)
    expect(group).toMatchObject({ leader: 'n1', voters: ['n1'], hasQuorum: true, provisional: false })
    expect(group.id).not.toBe(id)
    expect(group.generation).toBeGreaterThan(generation)
    expect(await table.get('k')).toBe(1)
    await table.set('k', 2)
    expect((await run(['status', ...at(node)])).stdout).not.toContain('recover')
  }, 60_000)

  it('must say which node, and what is so', async ({ cluster }) => {
    const node = await cluster.start('n1')
    const wrong = { code: 2, stdout: '' }
    expect(await run(['recover', '--yes', ...at(node)])).toMatchObject(wrong)
    expect(await run(['recover', '--force', '--accept', ...at(node)])).toMatchObject(wrong)
    const two = [`127.0.0.1:${node.ports.grpc},127.0.0.1:1`]
    expect(await run(['recover', '--force', '--endpoint', ...two])).toMatchObject(wrong)
    const grpc = grpcClient(node.ports.grpc)
    const refused = { status: status.INVALID_ARGUMENT, code: 'ERR_INVALID_ARGUMENT' }
    expect(await refusal(asking(grpc.cluster)('Recover', {}))).toMatchObject(refused)
    grpc.close()
    // Harmless where nothing waits.
    expect(await run(['recover', '--accept', '--yes', ...at(node)])).toMatchObject({ code: 0 })
  }, 30_000)

  it('confirms a group whose seeds will never answer', async ({ cluster }) => {
    const node = await cluster.start('n1', { seeds: ['127.0.0.1:1', '127.0.0.1:2'], bootstrapTimeout: '1s' })
    const table = await node.table<string, number>('m', { majority: true })
    await expect(table.set('k', 1)).rejects.toMatchObject({ code: 'ERR_NO_QUORUM' })
    expect((await run(['status', ...at(node)])).stdout).toContain("'mnemesh recover --accept'")
    expect(await run(['recover', '--accept', '--yes', ...at(node)])).toMatchObject({ code: 0 })
    await table.set('k', 1)
    expect((await node.admin.status()).group.provisional).toBe(false)
  }, 30_000)
})

describe('majority rows that a merge dropped', () => {
  const printed =
    (dumpDir: string | undefined) =>
    async ({ cluster }: { cluster: TestNodes }) => {
      const nodes = [await cluster.start('n1', { dumpDir }), await cluster.start('n2', { dumpDir })]
      for (const node of nodes) {
        const table = await node.table<string, string>('m', { majority: true })
        await table.set(node.self.name, 'x'.repeat(200_000))
        await table.set('é', node.self.name)
      }
      expect(await run(['dumps', ...at(nodes[0])])).toMatchObject({ code: 0, stdout: 'no dumps\n' })
      const ids = new Map<ClusterNode, string>()
      for (const node of nodes) ids.set(node, (await node.admin.status()).group.id)
      await nodes[0].admin.join([seedOf(nodes[1])])
      const id = async (node: ClusterNode) => (await node.admin.status()).group.id
      await eventually(async () => expect(await id(nodes[0])).toBe(await id(nodes[1])), 20_000)
      const stayed = await id(nodes[0])
      const loser = nodes.find(node => ids.get(node) !== stayed) as ClusterNode
      const name = expect.stringMatching(dumpDir === undefined ? /^memory:/ : /\.jsonl$/)
      await eventually(async () => expect(await loser.admin.dumps()).toMatchObject([{ name }]))
      const [dump] = await cluster.client(loser).admin.dumps()
      expect(dump).toMatchObject({ name, group: ids.get(loser), rows: 2 })
      for (const lines of [
        await all(loser.admin.dump(dump.name)),
        await all(cluster.client(loser).admin.dump(dump.name)),
        (await run(['dumps', dump.name, ...at(loser)])).stdout.trim().split('\n'),
      ]) {
        const [head, ...rows] = lines.map(line => JSON.parse(line))
        expect(head).toMatchObject({ group: dump.group, rows: 2 })
        const values = Object.fromEntries(rows.map(({ key, value }) => [key, value]))
        expect(values).toEqual({ [loser.self.name]: 'x'.repeat(200_000), é: loser.self.name })
      }
      expect((await run(['dumps', ...at(loser)])).stdout).toContain(dump.name)
      const secret = await run(['dumps', '/etc/passwd', ...at(loser)])
      expect(secret).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('has no dump') })
    }

  it('are listed and printed from memory', printed(undefined), 60_000)

  it('are listed and printed from files', printed(folder), 60_000)
})

describe('a node whose seeds stand for more nodes than are found', () => {
  it('forms a group that is provisional, until the others count or an operator says that there are none', async ({
    cluster,
  }) => {
    const port = await freePortPair(31_000 + Math.floor(Math.random() * 500) * 2, new Set())
    const gossip = `127.0.0.1:${port}`
    const node = await cluster.start('solo', { gossip, seeds: [gossip], expect: 2 })
    await eventually(async () => expect((await node.admin.status()).group.provisional).toBe(true))
    const table = await node.table<string, number>('plain')
    await table.set('k', 1)
    await node.admin.createTable('m', { majority: true })
    await expect(node.existing('m').table.set('k', 1)).rejects.toMatchObject({ code: 'ERR_NO_QUORUM' })
    expect(await run(['recover', '--accept', '--yes', ...at(node)])).toMatchObject({ code: 0 })
    await eventually(async () => expect((await node.admin.status()).group.provisional).toBe(false))
    await node.existing('m').table.set('k', 1)
    const certain = await freePortPair(32_000 + Math.floor(Math.random() * 500) * 2, new Set())
    const address = `127.0.0.1:${certain}`
    const alone = await cluster.start('alone', { gossip: address, seeds: [address], cluster: 'other' })
    await alone.admin.createTable('m', { majority: true })
    expect(await alone.existing('m').table.set('k', 1)).toBe(true)
  })
})
