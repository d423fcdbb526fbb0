import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { run } from './support/run.ts'

const { scratch, tarball } = inject('packed')
const root = join(import.meta.dirname, '../..')
const cwd = join(scratch, 'project-types')

// As users have set up their compilers: for Node, for a bundler, and as Nest 11 still does.
const setups = {
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
  node10: { module: 'commonjs', moduleResolution: 'node10', esModuleInterop: true },
}

describe('the declarations', () => {
  beforeAll(async () => {
    mkdirSync(cwd)
    writeFileSync(
      join(cwd, 'package.json'),
      JSON.stringify({ name: 'project', private: true, type: 'module' }),
    )
    cpSync(join(import.meta.dirname, 'fixtures/consumer.ts'), join(cwd, 'consumer.ts'))
    await run('npm', ['install', tarball], { cwd })
  })

  it.each(Object.entries(setups))('hold under %s, with the libraries checked', async (name, setup) => {
    const config = {
      compilerOptions: {
        ...{
          target: 'es2022',
          strict: true,
          noEmit: true,
          skipLibCheck: false,
          exactOptionalPropertyTypes: true,
        },
        ...{ typeRoots: [join(root, 'node_modules/@types')], types: ['node'] },
        ...setup,
      },
      files: ['consumer.ts'],
    }
    writeFileSync(join(cwd, `${name}.json`), JSON.stringify(config))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = await run(process.execPath, [tsc, '-p', `${name}.json`], { cwd, mayFail: true })
    expect(stdout).toBe('')
  })
})
