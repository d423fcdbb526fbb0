export { MnemeshError, type ErrorCode } from '../core/errors.ts'
export type { Log } from '../core/environment.ts'
export * from '../face/types.ts'
export { type ClientOptions, createClient, type MeshClient } from './create-client.ts'
