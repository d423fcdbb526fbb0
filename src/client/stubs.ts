import { credentials } from '@grpc/grpc-js'
import { channelOptions } from '../rpc/channels.ts'
import type { ClusterServiceClient } from '../rpc/generated/mnemesh/v1/ClusterService.ts'
import type { TableServiceClient } from '../rpc/generated/mnemesh/v1/TableService.ts'
import { protos } from '../rpc/protos.ts'

/** One node over plain gRPC. */
export interface NodeStubs {
  readonly cluster: ClusterServiceClient
  readonly table: TableServiceClient
}

/** Nodes over plain gRPC, by address; connected when they are first asked. */
export class Stubs {
  readonly #byAddress = new Map<string, NodeStubs>()

  of(address: string): NodeStubs {
    let stubs = this.#byAddress.get(address)
    if (stubs === undefined) {
      const { ClusterService, TableService } = protos()
      const channel = credentials.createInsecure()
      stubs = {
        cluster: new ClusterService(address, channel, channelOptions),
        table: new TableService(address, channel, channelOptions),
      }
      this.#byAddress.set(address, stubs)
    }
    return stubs
  }

  close(): void {
    for (const { cluster, table } of this.#byAddress.values()) {
      cluster.close()
      table.close()
    }
    this.#byAddress.clear()
  }
}
