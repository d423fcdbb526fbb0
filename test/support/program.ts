import { join } from 'node:path'

const compiled = join(import.meta.dirname, '../../.compiled')

/** The command line, compiled before the tests (compile.ts). */
export const program = { flags: [], file: join(compiled, 'cli.js') } as const

/** A node that obeys a test (node-process.ts), compiled likewise. */
export const nodeProcess = join(compiled, 'node-process.js')
