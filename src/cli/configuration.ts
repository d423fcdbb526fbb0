import { readFileSync } from 'node:fs'
import { MnemeshError } from '../client/index.ts'
import type { NodeOptions } from '../index.ts'
import { isRecord, readText } from './readers.ts'
import { overlay, readLayer, type Settings, settingNames } from './settings.ts'

const defaultEndpoint = '127.0.0.1:7947'

export interface Sources {
  /** As commander has them; only those that were given. */
  readonly flags: Readonly<Record<string, unknown>>
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** All that was configured: from the file, above it the environment, above it the flags. Throws ERR_INVALID_OPTION. */
export function readSettings({ flags, environment }: Sources): Settings {
  const file = flags.config ?? environment.MNEMESH_CONFIG
  return overlay([
    file === undefined || file === '' ? {} : readConfigFile(readText(file, '--config')),
    readEnvironment(environment),
    readFlags(flags),
  ])
}

/** The name of a setting in the environment: `logLevel` is MNEMESH_LOG_LEVEL. */
export function environmentName(name: string): string {
  return `MNEMESH_${name.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`
}

/** What `createNode` takes of it. The file with the secret is read here. */
export function nodeOptionsOf(settings: Settings): NodeOptions {
  const { endpoint, timeout, logLevel, secretFile, ...options } = settings
  return secretFile === undefined ? options : { ...options, secret: readSecretFile(secretFile) }
}

/** Whom the client verbs ask: as given, else the node that these settings would start, on this host. */
export function endpointsOf({ endpoint, listen }: Settings): readonly string[] {
  if (endpoint !== undefined) return endpoint
  if (listen === undefined) return [defaultEndpoint]
  return [listen.replace(/^(0\.0\.0\.0|\[::\])(?=:)/, '127.0.0.1')]
}

function readConfigFile(file: string): Settings {
  const given = parse(file, readFile(file, 'config file'))
  if (!isRecord(given))
    throw new MnemeshError('ERR_INVALID_OPTION', `config file ${file} must hold a JSON object`)
  return readLayer(given, name => `${JSON.stringify(name)} in ${file}`)
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new MnemeshError('ERR_INVALID_OPTION', `config file ${file} is no JSON: ${messageOf(cause)}`, {
      cause,
    })
  }
}

// Only names that are ours: Kubernetes sets MNEMESH_PORT and more for a service called mnemesh. What is empty counts
// as not given, as compose files pass it.
function readEnvironment(environment: Sources['environment']): Settings {
  const given = settingNames.flatMap(name => {
    const value = environment[environmentName(name)]
    return name === 'tables' || value === undefined || value === '' ? [] : [[name, value] as const]
  })
  return readLayer(Object.fromEntries(given), environmentName)
}

function readFlags(flags: Sources['flags']): Settings {
  const given = Object.entries(flags).filter(([name]) => settingNames.includes(name))
  return readLayer(
    Object.fromEntries(given),
    name => `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`,
  )
}

function readSecretFile(file: string): readonly string[] {
  const lines = readFile(file, 'secret file').split('\n')
  const secrets = lines.map(line => line.trim()).filter(line => line !== '')
  if (secrets.length > 0) return secrets
  throw new MnemeshError('ERR_INVALID_OPTION', `secret file ${file} is empty`)
}

function readFile(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new MnemeshError('ERR_INVALID_OPTION', `${what} ${file} cannot be read: ${messageOf(cause)}`, {
      cause,
    })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
