import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadPackageDefinition, type ServiceDefinition } from '@grpc/grpc-js'
import { loadSync, type PackageDefinition } from '@grpc/proto-loader'
import { deserializeFrame, serializeFrame } from './frame-message.ts'
import type { ProtoGrpcType as CacheGrpcType } from './generated/cache.ts'
import type { ProtoGrpcType as ClusterGrpcType } from './generated/cluster.ts'
import type { ProtoGrpcType as LockGrpcType } from './generated/lock.ts'
import type { ProtoGrpcType as PeerGrpcType } from './generated/peer.ts'

type Protos = CacheGrpcType['mnemesh']['v1'] &
  ClusterGrpcType['mnemesh']['v1'] &
  LockGrpcType['mnemesh']['v1'] &
  PeerGrpcType['mnemesh']['v1']

/** The folder `proto` of this package: beside `dist` once built, two above this file in the sources. */
export function protoFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'proto/mnemesh/v1'))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error('the package is incomplete: its folder proto is missing')
    folder = parent
  }
  return join(folder, 'proto')
}

let loaded: Protos | undefined

/** Services and messages as proto/ defines them, loaded once. The flags equal those of scripts/generate.ts. */
export function protos(): Protos {
  if (loaded !== undefined) return loaded
  const definition = loadSync(
    ['cache', 'cluster', 'entry', 'inspection', 'lock', 'peer'].map(name => `mnemesh/v1/${name}.proto`),
    { includeDirs: [protoFolder()], longs: Number, enums: String, defaults: true, oneofs: true },
  )
  useFrames(definition['mnemesh.v1.PeerService'], 'Link')
  useFrames(definition['mnemesh.v1.CacheService'], 'Session')
  const root = loadPackageDefinition(definition) as unknown as { mnemesh: { v1: Protos } }
  loaded = root.mnemesh.v1
  return loaded
}

// Of the streams of frames the generic codec is replaced, on both sides; before clients are made, which keep theirs.
function useFrames(service: PackageDefinition[string] | undefined, method: string): void {
  Object.assign((service as ServiceDefinition)[method] as object, {
    requestSerialize: serializeFrame,
    requestDeserialize: deserializeFrame,
    responseSerialize: serializeFrame,
    responseDeserialize: deserializeFrame,
  })
}
