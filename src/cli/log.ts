import { type DestinationStream, type Logger, pino, stdSerializers, stdTimeFunctions } from 'pino'
import { MnemeshError } from '../client/index.ts'
import { isRecord } from './readers.ts'
import type { LogLevel } from './settings.ts'

/** A node's log: JSON lines, or for somebody who looks, one short line each. */
export function createLogger(level: LogLevel, isTerminal: boolean): Logger {
  const options = {
    level,
    base: undefined,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: errorFields },
  }
  return isTerminal ? pino(options, readable()) : pino(options, pino.destination({ dest: 1, sync: true }))
}

// Our own errors say all there is to know; where others come from is worth its lines.
function errorFields(error: unknown): object {
  if (MnemeshError.is(error)) return { code: error.code, message: error.message }
  if (!(error instanceof Error)) return { message: String(error) }
  return stdSerializers.err(error)
}

/** `12:01:02 info  node started  node=a cluster=mnemesh` from a line of JSON. */
export function readableLine(json: string): string {
  const line = parse(json)
  if (line === undefined) return json.trimEnd()
  const { time, level, msg, ...fields } = line
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${fieldText(value)}`)
  return [String(time).slice(11, 19), String(level).padEnd(5), String(msg), ...rest].join(' ').trimEnd()
}

// No worker thread behind it: what was logged is written when the process ends.
function readable(): DestinationStream {
  return { write: json => void process.stdout.write(`${readableLine(json)}\n`) }
}

function fieldText(value: unknown): string {
  if (isRecord(value) && typeof value.message === 'string') {
    return JSON.stringify(typeof value.code === 'string' ? `${value.code}: ${value.message}` : value.message)
  }
  return typeof value === 'string' && /^\S+$/.test(value) ? value : JSON.stringify(value)
}

function parse(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const line: unknown = JSON.parse(json)
    return isRecord(line) ? line : undefined
  } catch {
    return undefined
  }
}
