import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect } from 'vitest'
import { clusterSecret, it, seedOf } from '../support/nodes.ts'

const root = new URL('../..', import.meta.url).pathname
const readme = readFileSync(join(root, 'README.md'), 'utf8')

describe('the example of the README', () => {
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []

  it('runs as it stands, against two nodes, and prints what the README says', async ({ cluster }) => {
    const nodes = await cluster.startMany(2)
    const folder = mkdtempSync(join(root, 'test/readme-'))
    try {
      const file = join(folder, 'example.ts')
      writeFileSync(file, example.replace("from 'mnemesh'", "from '../../src/index.ts'"))
      const env: NodeJS.ProcessEnv = {
        ...process.env,
        MNEMESH_SEEDS: nodes.map(seedOf).join(','),
        MNEMESH_SECRET: clusterSecret,
        MNEMESH_LISTEN: '127.0.0.1:0',
        MNEMESH_GOSSIP: '127.0.0.1:0',
      }
      const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', file], {
        cwd: root,
        env,
      })
      expect(stdout.trim().split('\n')).toEqual(["{ kind: 'module' }", '1', '9f86d081 1'])
      for (const printed of stdout.trim().split('\n')) expect(readme).toContain(`\`${printed}\``)
      expect(await (await nodes[1].table<string, number>('hits')).get('9f86d081')).toBe(1)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('is about twenty lines', () => {
    expect(example.split('\n').length).toBeLessThanOrEqual(20)
  })
})
