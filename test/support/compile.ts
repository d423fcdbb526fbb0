import { join } from 'node:path'
import { build } from 'tsup'
import configuration from '../../tsup.config.ts'

const root = join(import.meta.dirname, '../..')

/**
 * Before any test: what tests start as processes of its own is compiled as it is published, once. From its sources each
 * start costs three times the time, and tests start hundreds.
 */
export async function setup(): Promise<void> {
  if (typeof configuration === 'function' || Array.isArray(configuration)) throw new TypeError('one build')
  const entry = { cli: 'src/cli/main.ts', 'node-process': 'test/support/node-process.ts' }
  await build({
    ...configuration,
    ...{ config: false, dts: false, clean: false, silent: true, outDir: join(root, '.compiled') },
    entry: Object.fromEntries(Object.entries(entry).map(([name, file]) => [name, join(root, file)])),
  })
}
