import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { defineConfig, type Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/**
 * What is copied into the build, since none of it can be installed as it is: swim asks for two native packages that
 * no longer compile, and a user's npm does not know our `overrides`. THIRD_PARTY_NOTICES.md names the same packages.
 */
export const inlined = ['swim', 'hashring', 'clone', 'debug', 'ms', 'simple-lru-cache', 'connection-parse']

const unused = './src/vendor/unused.cjs'

// `new Buffer` prints a deprecation warning once the code is not inside node_modules of its own (DEP0005).
const buffers: Plugin = {
  name: 'buffers',
  setup(build) {
    build.onLoad({ filter: /node_modules\/(swim\/lib|clone)\/.*\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      const contents = text
        .replace(/new Buffer\(JSON/g, 'Buffer.from(JSON')
        .replace(/new Buffer\(/g, 'Buffer.alloc(')
      return { contents, loader: 'js' }
    })
  },
}

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    client: 'src/client/index.ts',
    ...(existsSync('src/cli/main.ts') ? { cli: 'src/cli/main.ts' } : {}),
  },
  format: ['esm'],
  platform: 'node',
  target: 'node20',
  // Shared code stands in chunks: a process that loads both entries has one MnemeshError, and the client none of the node.
  splitting: true,
  clean: true,
  sourcemap: false,
  removeNodeProtocol: false,
  dts: {
    entry: { index: 'src/index.ts', client: 'src/client/index.ts' },
    compilerOptions: { stripInternal: true },
  },
  noExternal: inlined,
  esbuildPlugins: [buffers],
  esbuildOptions(options) {
    options.alias = { farmhash: unused, msgpack: unused }
  },
  // What is inlined is CommonJS, and asks for the modules of Node by `require`, which an ES module has not.
  banner: {
    js: "import { createRequire as createNodeRequire } from 'node:module'; const require = createNodeRequire(import.meta.url);",
  },
})
