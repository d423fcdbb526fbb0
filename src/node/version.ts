import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { protoFolder } from '../rpc/protos.ts'

/** Version of this package, as members tell each other. */
export const packageVersion: string = readVersion()

function readVersion(): string {
  const file = readFileSync(join(protoFolder(), '../package.json'), 'utf8')
  return (JSON.parse(file) as { version: string }).version
}
