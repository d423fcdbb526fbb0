import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { it } from '../support/nodes.ts'

const run = promisify(execFile)
// Debian's packages are for Debian's Python, whatever else is first on the PATH.
const python = process.env.PYTHON ?? '/usr/bin/python3'
const root = join(import.meta.dirname, '../..')
const modules = join(root, 'node_modules')

/** Messages as protoc writes them for Python: our protos, and those of health and reflection. */
async function generate(folder: string): Promise<void> {
  const sources = {
    [join(root, 'proto')]: readdirSync(join(root, 'proto/mnemesh/v1')).map(name => `mnemesh/v1/${name}`),
    [join(modules, 'grpc-health-check/proto')]: ['health/v1/health.proto'],
    [join(modules, '@grpc/reflection/build/proto/grpc/reflection/v1')]: ['reflection.proto'],
  }
  for (const [include, files] of Object.entries(sources)) {
    await run('protoc', ['-I', include, `--python_out=${folder}`, ...files])
  }
}

describe('a client in Python', () => {
  const stubs = mkdtempSync(join(tmpdir(), 'mnemesh-python-'))
  beforeAll(() => generate(stubs))
  afterAll(() => rmSync(stubs, { recursive: true }))

  it('does with two nodes whatever the protocol offers', async ({ cluster }) => {
    const [one, two] = await cluster.startMany(2)
    const ports = [one, two].map(node => String(node.ports.grpc))
    const client = join(import.meta.dirname, 'client.py')
    const { stdout } = await run(python, [client, stubs, ...ports], { timeout: 50_000 })
    expect(stdout.trim().split('\n')).toEqual([
      ...['tables', 'values', 'keys', 'conditions', 'counters', 'scans'],
      ...['watches', 'status', 'errors', 'health', 'reflection', 'majority', 'locks', 'deletes'],
    ])
  })
})
