import type { ClusterNode } from '../../src/index.ts'
import { asking, type GrpcClient, grpcClient } from './grpc-client.ts'
import { it as base } from './nodes.ts'

/** A test with one node, a foreign client to it, and the table `t` whose entries live for an hour. */
export const it = base.extend<{ node: ClusterNode; client: GrpcClient }>({
  node: async ({ cluster }, use) => use(await cluster.start('solo')),
  client: async ({ node }, use) => {
    const client = grpcClient(node.ports.grpc)
    await asking(client.table)('CreateTable', { name: 't', options: { ttlMs: 3_600_000 } })
    await use(client)
    client.close()
  },
})

export const asJson = 'VALUE_FORMAT_JSON'
export const key = (text: string) => ({ text })
export const json = (value: unknown) => ({ json: Buffer.from(JSON.stringify(value)) })
export const parsed = (value: { json?: Buffer } | null | undefined): unknown =>
  JSON.parse(String(value?.json))
