export type { Log } from '../core/environment.ts'
export { type ErrorCode, MnemeshError } from '../core/errors.ts'
export * from '../face/types.ts'
export { type ClientOptions, createClient, type MeshClient } from './create-client.ts'
