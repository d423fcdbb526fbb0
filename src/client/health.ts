import { Client, credentials, type ServiceError } from '@grpc/grpc-js'
import { service } from 'grpc-health-check'
import { MnemeshError } from '../core/errors.ts'
import { channelOptions } from '../rpc/channels.ts'
import { fromStatus } from '../rpc/status.ts'

const check = service.Check

/**
 * What grpc.health.v1 says of the node at that `host:port`: true when it is ready. Rejects with ERR_UNAVAILABLE, and
 * with ERR_TIMEOUT when nothing answers before the deadline.
 */
export function isServing(endpoint: string, timeoutMs: number): Promise<boolean> {
  const client = new Client(endpoint, credentials.createInsecure(), channelOptions)
  const answer = new Promise<boolean>((resolve, reject) => {
    if (check === undefined) throw new MnemeshError('ERR_INTERNAL', 'grpc-health-check has no method Check')
    const { path, requestSerialize, responseDeserialize } = check
    const answered = (error: ServiceError | null, response?: object) => {
      if (error !== null) reject(fromStatus(error))
      else resolve(response !== undefined && Reflect.get(response, 'status') === 'SERVING')
    }
    const options = { deadline: Date.now() + timeoutMs }
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { service: '' }, options, answered)
  })
  return answer.finally(() => client.close())
}
