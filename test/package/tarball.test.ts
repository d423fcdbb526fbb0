import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { inlined } from '../../tsup.config.ts'

const { folder, files, bytes } = inject('packed')
const dist = join(folder, 'dist')
const scripts = readdirSync(dist).filter(name => name.endsWith('.js'))
const text = (name: string) => readFileSync(join(dist, name), 'utf8')
const own = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
  version: string
  dependencies: Record<string, string>
}

/** Everything that the file imports, static or later. */
function importsOf(name: string): string[] {
  const found = text(name).matchAll(
    /^(?:import|export)\b[^'"]*['"]([^'"]+)['"]|\bimport\(['"]([^'"]+)['"]\)/gm,
  )
  return [...found].map(([, module, later]) => module ?? later)
}

/** The file and all of the package's files that it loads. */
function closure(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen
  seen.add(name)
  for (const module of importsOf(name)) if (module.startsWith('./')) closure(module.slice(2), seen)
  return seen
}

const external = (names: Iterable<string>) =>
  [...new Set([...names].flatMap(importsOf).filter(module => !/^(\.|node:)/.test(module)))].sort()
const sourcesIn = (names: Iterable<string>) =>
  [...names].flatMap(name => text(name).match(/^\/\/ (src|.*node_modules)\/.*/gm) ?? [])

describe('the tarball', () => {
  it('is below 1 MB', () => {
    expect(bytes).toBeLessThan(1_000_000)
  })

  it('holds what runs and what has to be read, and nothing else', () => {
    const allowed =
      /^(dist\/[\w-]+\.(js|d\.ts)|proto\/.+\.(proto|binpb)|(LICENSE|package\.json|(README|CHANGELOG|THIRD_PARTY_NOTICES)\.md))$/
    expect(files.filter(path => !allowed.test(path))).toEqual([])
    const needed = ['index.js', 'index.d.ts', 'client.js', 'client.d.ts', 'cli.js'].map(
      name => `dist/${name}`,
    )
    const protos = [
      'mnemesh.binpb',
      ...['cache', 'cluster', 'entry', 'peer'].map(name => `mnemesh/v1/${name}.proto`),
    ]
    for (const path of [...needed, ...protos.map(name => `proto/${name}`)]) expect(files).toContain(path)
    for (const path of ['LICENSE', 'CHANGELOG.md', 'THIRD_PARTY_NOTICES.md', 'package.json'])
      expect(files).toContain(path)
  })

  it('has no path of the machine that built it', () => {
    expect(readdirSync(dist).filter(name => text(name).includes(folder))).toEqual([])
  })
})

describe('the build', () => {
  it('imports exactly the dependencies at run time', () => {
    expect(external(scripts)).toEqual(Object.keys(own.dependencies).sort())
  })

  it('inlines what cannot be installed, and the notices name it', () => {
    const found = new Set(
      sourcesIn(scripts).flatMap(line => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(line)?.[1] ?? []),
    )
    expect([...found].sort()).toEqual([...inlined].sort())
    const notices = readFileSync(join(folder, 'THIRD_PARTY_NOTICES.md'), 'utf8')
    const installed = (name: string) =>
      (
        JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as {
          version: string
        }
      ).version
    const named = notices
      .match(/^## .+$/gm)
      ?.map(line => line.slice(3))
      .sort()
    expect(named).toEqual(inlined.map(name => `${name} ${installed(name)}`).sort())
  })

  it('has nothing of what prints a deprecation, nor of the native parts of swim', () => {
    const bad = /new Buffer\(|require\(['"](farmhash|msgpack)['"]\)/
    expect(scripts.filter(name => bad.test(text(name)))).toEqual([])
  })

  it('starts the command line by a first line that says how', () => {
    expect(text('cli.js').startsWith('#!/usr/bin/env node\n')).toBe(true)
  })
})

describe('the thin client', () => {
  const loaded = [...closure('client.js')]

  it('loads no package of a node', () => {
    expect(external(loaded)).toEqual(['@grpc/grpc-js', '@grpc/proto-loader', '@msgpack/msgpack'])
  })

  it('loads no code of a node', () => {
    const sources = sourcesIn(loaded)
    expect(sources).toContain('// src/client/create-client.ts')
    // Transactions run where their closure is: in the client.
    const server =
      /src\/(?:(?:node|cli|replication|storage|membership)\/|coordination\/(?!transactions\/))|session-server|cache-service|cluster-service|rpc\/(auth|server)|node_modules/
    expect(sources.filter(line => server.test(line))).toEqual([])
  })
})
