import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { run } from './support/run.ts'

const { scratch, tarball } = inject('packed')
const fixtures = join(import.meta.dirname, 'fixtures')
const running = process.versions.node.split('.')[0]

/** The folder of that Node's program: from the registry, unless it runs already. */
async function nodeFolder(major: string): Promise<string> {
  if (major === running) return dirname(process.execPath)
  const folder = join(scratch, `node-${major}`)
  mkdirSync(folder)
  await run('npm', ['install', '--silent', '--prefix', folder, `node@${major}`], { cwd: folder })
  return join(folder, 'node_modules/node/bin')
}

describe.each(['20', '22', '24'])('on Node %s, the tarball', major => {
  const cwd = join(scratch, `project-${major}`)
  let bin = ''
  const inProject = (program: string, ...args: string[]) => run(program, args, { cwd, bin })

  beforeAll(async () => {
    bin = await nodeFolder(major)
    mkdirSync(cwd)
    writeFileSync(
      join(cwd, 'package.json'),
      JSON.stringify({ name: 'project', version: '1.0.0', private: true }),
    )
    cpSync(fixtures, cwd, { recursive: true })
  })

  it('is installed by a plain npm install, without building anything', async () => {
    expect((await inProject('node', '--version')).stdout).toMatch(new RegExp(`^v${major}\\.`))
    await inProject('npm', 'install', tarball)
    const lock = JSON.parse(readFileSync(join(cwd, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { hasInstallScript?: boolean }>
    }
    // gRPC's protobufjs has a script that only warns of versions that do not fit, and may be refused.
    const withScripts = Object.entries(lock.packages).filter(
      ([, { hasInstallScript }]) => hasInstallScript === true,
    )
    expect(withScripts.map(([path]) => path)).toEqual(['node_modules/protobufjs'])
  })

  it('stays as it is when something else is installed, and under npm ci', async () => {
    await inProject('npm', 'install', 'is-number')
    await inProject('npm', 'ci')
    const { stdout } = await inProject('npm', 'ls', '--all')
    expect(stdout).not.toMatch(/invalid|extraneous|UNMET|missing/)
  })

  it('runs a cluster of two nodes and a client to it', async () => {
    const { stdout, stderr } = await inProject('node', 'cluster.mjs')
    expect([stdout.trim(), stderr.trim()]).toEqual(['everything as promised', ''])
  })

  it('is there for require(), too', async () => {
    const { stdout, stderr } = await inProject('node', 'required.cjs')
    expect([stdout.trim(), stderr.trim()]).toEqual(['everything as promised', ''])
  })

  it('brings the command line', async () => {
    const { version } = JSON.parse(readFileSync(join(cwd, 'node_modules/mnemesh/package.json'), 'utf8')) as {
      version: string
    }
    const { stdout } = await inProject('npx', 'mnemesh', 'version')
    expect(stdout).toContain(`mnemesh ${version}, Node ${major}.`)
  })
  it('shows itself on three processes', async () => {
    const { stdout } = await inProject('npx', 'mnemesh', 'dev', '--nodes', '3', '--demo')
    expect(stdout).toMatch(/3 nodes up .*healthy/)
  })
})
