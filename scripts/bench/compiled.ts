import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'tsup'

const folder = fileURLToPath(new URL('../../.bench/workers/', import.meta.url))
const workers = ['client-worker', 'local-worker', 'node-worker']

let built: Promise<void> | undefined

/**
 * The worker as it would be published. Under tsx every closure is given its name by a call when it is made (esbuild's
 * keepNames), and a write that makes a few of them takes twice as long.
 */
export async function compiled(worker: string): Promise<URL> {
  built ??= build({
    config: false,
    entry: workers.map(name => fileURLToPath(new URL(`./${name}.ts`, import.meta.url))),
    outDir: folder,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    splitting: true,
    skipNodeModulesBundle: true,
    removeNodeProtocol: false,
    clean: true,
    silent: true,
  })
  await built
  return new URL(`${worker}.js`, pathToFileURL(folder))
}
