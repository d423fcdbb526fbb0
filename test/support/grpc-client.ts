import { join } from 'node:path'
import {
  type CallOptions,
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  type Metadata,
  type requestCallback,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import type { CacheServiceClient } from '../../src/rpc/generated/mnemesh/v1/CacheService.ts'
import type { ClusterServiceClient } from '../../src/rpc/generated/mnemesh/v1/ClusterService.ts'
import type { LockServiceClient } from '../../src/rpc/generated/mnemesh/v1/LockService.ts'
import type { PeerServiceClient } from '../../src/rpc/generated/mnemesh/v1/PeerService.ts'
import type { TableServiceClient } from '../../src/rpc/generated/mnemesh/v1/TableService.ts'

const root = join(import.meta.dirname, '../..')
const health = join(root, 'node_modules/grpc-health-check/proto')
const definition = loadSync(
  [...['cache', 'cluster', 'lock', 'peer'].map(name => `mnemesh/v1/${name}.proto`), 'health/v1/health.proto'],
  { includeDirs: [join(root, 'proto'), health], longs: Number, enums: String, defaults: true, oneofs: true },
)

/** A client as others make one: from the committed protos, with nothing of ours in between. */
export interface GrpcClient {
  readonly cache: CacheServiceClient
  readonly cluster: ClusterServiceClient
  readonly table: TableServiceClient
  readonly lock: LockServiceClient
  readonly peer: PeerServiceClient
  readonly health: unknown
  close(): void
}

type Constructor = new (address: string, channel: unknown, options?: object) => { close(): void }
interface Packages {
  readonly mnemesh: { readonly v1: Readonly<Record<string, Constructor>> }
  readonly grpc: { readonly health: { readonly v1: Readonly<Record<string, Constructor>> } }
}

export function grpcClient(port: number, options?: object): GrpcClient {
  const { mnemesh, grpc } = loadPackageDefinition(definition) as unknown as Packages
  const made: { close(): void }[] = []
  const open = (Service: Constructor) => {
    const client = new Service(`127.0.0.1:${port}`, credentials.createInsecure(), options)
    made.push(client)
    return client as never
  }
  const { CacheService, ClusterService, TableService, LockService, PeerService } = mnemesh.v1
  return {
    cache: open(CacheService),
    cluster: open(ClusterService),
    table: open(TableService),
    lock: open(LockService),
    peer: open(PeerService),
    health: open(grpc.health.v1.Health),
    close: () => {
      for (const client of made) client.close()
    },
  }
}

type Callback<T> = (error: ServiceError | null, response?: T) => void
type Unary<Request, Response> = (
  request: Request,
  options: CallOptions,
  callback: Callback<Response>,
) => unknown

/** A unary method as a function that resolves with the answer, or rejects with the status. */
export function asking<Client extends object>(client: Client) {
  return <Name extends keyof Client & string>(
    method: Name,
    request: RequestOf<Client[Name]>,
    options: CallOptions = { deadline: Date.now() + 10_000 },
  ): Promise<AnswerOf<Client[Name]>> =>
    new Promise((resolve, reject) => {
      const call = client[method] as Unary<unknown, AnswerOf<Client[Name]>>
      call.call(client, request, options, (error, response) => {
        if (error === null && response !== undefined) resolve(response)
        else reject(error)
      })
    })
}

type RequestOf<Method> = Method extends (request: infer Request, callback: never) => unknown ? Request : never
type AnswerOf<Method> = Method extends (request: infer _, callback: requestCallback<infer Answer>) => unknown
  ? Answer
  : never

/** The status that the promise rejects with, and what its trailers say. */
export async function refusal(promise: Promise<unknown>) {
  try {
    await promise
  } catch (error) {
    const { code, details, metadata } = error as ServiceError
    return { status: code, details, ...trailers(metadata) }
  }
  return { status: status.OK, details: '', ...trailers(undefined) }
}

export function trailers(metadata: Metadata | undefined) {
  const [code, maybeApplied, retryAfterMs] = ['mnemesh-code', 'mnemesh-maybe-applied', 'retry-after-ms'].map(
    name => metadata?.get(name)[0],
  )
  return { code, maybeApplied, retryAfterMs }
}

/** All messages of a stream until it ends. Rejects with its status. */
export function drain<T>(stream: ClientReadableStream<T>): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const messages: T[] = []
    stream.on('data', message => messages.push(message))
    stream.on('error', reject)
    stream.on('end', () => resolve(messages))
  })
}
