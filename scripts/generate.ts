import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

// What is made from proto/ and committed: types for the handlers, and the descriptors that reflection serves.
// `--check` makes them anew elsewhere and compares. Needs `protoc` (Debian: protobuf-compiler).
const files = ['cache', 'cluster', 'entry', 'inspection', 'lock', 'peer'].map(
  name => `mnemesh/v1/${name}.proto`,
)
const root = new URL('..', import.meta.url).pathname

function generate(types: string, descriptors: string): void {
  const bin = join(root, 'node_modules/.bin/proto-loader-gen-types')
  const flags = ['--longs=Number', '--enums=String', '--bytes=Buffer', '--defaults', '--oneofs']
  const args = [
    ...flags,
    '--grpcLib=@grpc/grpc-js',
    '--targetFileExtension=.ts',
    '--importFileExtension=.ts',
    '-I',
    join(root, 'proto'),
    '-O',
    types,
    ...files,
  ]
  execFileSync(bin, args, { cwd: root, stdio: 'inherit' })
  // A file without a service is written, too, with imports that nothing uses.
  rmSync(join(types, 'entry.ts'))
  rmSync(join(types, 'inspection.ts'))
  for (const path of listing(types).keys()) {
    const text = readFileSync(join(types, path), 'utf8')
    writeFileSync(
      join(types, path),
      text.replace(/^\/\/ Original file: .*$/m, '// Made by `npm run generate` from proto/.'),
    )
  }
  const health = join(root, 'node_modules/grpc-health-check/proto')
  const include = ['-I', join(root, 'proto'), '-I', health]
  const all = [...files, 'health/v1/health.proto']
  execFileSync('protoc', [...include, '--include_imports', `--descriptor_set_out=${descriptors}`, ...all], {
    cwd: root,
    stdio: 'inherit',
  })
}

function listing(folder: string): Map<string, string> {
  const out = new Map<string, string>()
  const walk = (at: string) => {
    for (const name of readdirSync(at)) {
      const path = join(at, name)
      if (statSync(path).isDirectory()) walk(path)
      else out.set(relative(folder, path), readFileSync(path, 'base64'))
    }
  }
  if (existsSync(folder)) walk(folder)
  return out
}

const types = join(root, 'src/rpc/generated')
const descriptors = join(root, 'proto/mnemesh.binpb')
if (process.argv.includes('--check')) {
  const scratch = mkdtempSync(join(tmpdir(), 'mnemesh-generate-'))
  generate(join(scratch, 'types'), join(scratch, 'set.binpb'))
  const made = listing(join(scratch, 'types'))
  const committed = listing(types)
  const differing = [...new Set([...made.keys(), ...committed.keys()])].filter(
    name => made.get(name) !== committed.get(name),
  )
  if (!readFileSync(join(scratch, 'set.binpb')).equals(readFileSync(descriptors)))
    differing.push('proto/mnemesh.binpb')
  rmSync(scratch, { recursive: true })
  if (differing.length > 0) {
    console.error(`not as proto/ says, run \`npm run generate\`: ${differing.join(', ')}`)
    process.exitCode = 1
  }
} else {
  rmSync(types, { recursive: true, force: true })
  generate(types, descriptors)
}
