import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js'
import { ReflectionService } from '@grpc/reflection'
import { HealthImplementation } from 'grpc-health-check'
import { MnemeshError } from '../core/errors.ts'
import type { Wire, WireEvents } from '../wire/wire.ts'
import { type CacheServiceParts, cacheService } from './cache-service.ts'
import { serverOptions } from './channels.ts'
import { type ClusterServiceParts, clusterService, tableService } from './cluster-service.ts'
import { fieldsOf } from './frame-message.ts'
import { acceptStream } from './grpc-wire.ts'
import { type LockServiceParts, lockService } from './lock-service.ts'
import { protoFolder, protos } from './protos.ts'

const graceMs = 3000

export interface ServerParts extends CacheServiceParts, ClusterServiceParts, LockServiceParts {
  /** Answers a wire that another node dialled. */
  readonly peer: (wire: Wire) => WireEvents
}

/** A gRPC server that answers. */
export interface RunningServer {
  readonly port: number
  /** What grpc.health.v1 says of the node and of each of its services. */
  setServing(serving: boolean): void
  /** Refuses new calls, lets those under way end, and closes after 3 s at most. */
  stop(): Promise<void>
}

const services = ['CacheService', 'ClusterService', 'TableService', 'LockService'] as const

/** Binds and answers. Rejects with ERR_ADDRESS_IN_USE when the port is taken. */
export async function startServer(
  address: { host: string; port: number },
  parts: ServerParts,
): Promise<RunningServer> {
  const { CacheService, ClusterService, TableService, LockService, PeerService } = protos()
  const server = new Server(serverOptions)
  server.addService(CacheService.service, cacheService(parts) as UntypedServiceImplementation)
  server.addService(ClusterService.service, clusterService(parts) as UntypedServiceImplementation)
  server.addService(TableService.service, tableService(parts) as UntypedServiceImplementation)
  server.addService(LockService.service, lockService(parts) as UntypedServiceImplementation)
  const link = (call: unknown) => acceptStream(call as Parameters<typeof acceptStream>[0], parts.peer)
  server.addService(PeerService.service, { Link: link } as unknown as UntypedServiceImplementation)
  const health = new HealthImplementation({ '': 'NOT_SERVING' })
  health.addToServer(server)
  reflection().addToServer(server)
  const port = await bind(server, address)
  return {
    port,
    setServing(serving) {
      for (const service of ['', ...services.map(name => `mnemesh.v1.${name}`)]) {
        health.setStatus(service, serving ? 'SERVING' : 'NOT_SERVING')
      }
    },
    stop: () => stop(server),
  }
}

function bind(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  const literal = host.includes(':') ? `[${host}]` : host
  return new Promise((resolve, reject) => {
    server.bindAsync(`${literal}:${port}`, ServerCredentials.createInsecure(), (cause, bound) => {
      if (cause === null) resolve(bound)
      else reject(notBound(host, port, cause))
    })
  })
}

function notBound(host: string, port: number, cause: Error): MnemeshError {
  const taken = /EADDRINUSE|in use/i.test(cause.message)
  const text = taken
    ? `${host}:${port} is taken by another process; choose another port, or 0 for any`
    : cause.message
  return new MnemeshError(
    taken ? 'ERR_ADDRESS_IN_USE' : 'ERR_INVALID_OPTION',
    `gRPC cannot listen: ${text}`,
    { cause },
  )
}

function stop(server: Server): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(() => server.forceShutdown(), graceMs)
    server.tryShutdown(() => {
      clearTimeout(timer)
      server.forceShutdown()
      resolve()
    })
  })
}

// From descriptors that protoc wrote: those that proto-loader makes are wrong for every map field, and the health
// service has one, so Python, C++ and buf would refuse them (grpc/grpc-node, @grpc/reflection 1.0.4).
function reflection(): ReflectionService {
  const bytes = readFileSync(join(protoFolder(), 'mnemesh.binpb'))
  // A FileDescriptorSet is nothing but its files, each in field 1.
  const fileDescriptorProtos = fieldsOf(bytes)
  return new ReflectionService({ all: { fileDescriptorProtos } } as never)
}
