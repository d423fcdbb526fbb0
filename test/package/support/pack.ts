import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { TestProject } from 'vitest/node'
import { run } from './run.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    packed: Packed
  }
}

/** What `npm pack` made and says of it. */
export interface Packed {
  /** A folder for whatever the tests need; removed in the end. */
  readonly scratch: string
  readonly tarball: string
  readonly bytes: number
  readonly files: readonly string[]
  /** Where it was built: `dist` is here. */
  readonly folder: string
}

const root = join(import.meta.dirname, '../../..')
const left = ['node_modules', 'dist', '.git', 'coverage', '.bench']

/** Packs a copy of the sources, so that nobody's `dist` is touched, once for all tests. */
export default async function setup(project: TestProject): Promise<() => void> {
  const scratch = mkdtempSync(join(tmpdir(), 'mnemesh-package-'))
  const folder = join(scratch, 'source')
  cpSync(root, folder, { recursive: true, filter: path => !left.includes(relative(root, path)) })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const { stdout } = await run('npm', ['pack', '--json', '--silent', '--pack-destination', scratch], {
    cwd: folder,
  })
  // The build's own output comes first.
  const [report] = JSON.parse(stdout.slice(stdout.search(/^\[\s*$/m))) as [
    { filename: string; size: number; files: { path: string }[] },
  ]
  project.provide('packed', {
    scratch,
    folder,
    tarball: join(scratch, report.filename),
    bytes: report.size,
    files: report.files.map(({ path }) => path),
  })
  return () => rmSync(scratch, { recursive: true, force: true })
}
