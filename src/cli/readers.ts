import { type Bytes, type Duration, MnemeshError, type TableDef } from '../client/index.ts'

export type { Bytes, Duration }

/** What a value was given as and where: text from flags and the environment, any JSON from the file. */
type Read<T> = (given: unknown, where: string) => T

export const readText: Read<string> = (given, where) => {
  if (typeof given === 'string' && given !== '') return given
  throw invalid(where, 'text', given)
}

/** A list, or texts between commas. */
export const readList: Read<readonly string[]> = (given, where) => {
  const list: unknown = typeof given === 'string' ? given.split(',').map(text => text.trim()) : given
  if (!Array.isArray(list)) throw invalid(where, 'a list, or texts between commas', given)
  return list.filter(text => text !== '').map(text => readText(text, where))
}

/** gRPC addresses, `host:port`. */
export const readEndpoints: Read<readonly string[]> = (given, where) => {
  const list = readList(given, where)
  if (list.length > 0 && list.every(text => /^(\[[\da-f:]+\]|[^:\s]+):\d{1,5}$/i.test(text))) return list
  throw invalid(where, 'host:port, or several between commas', given)
}

export const readFlag: Read<boolean> = (given, where) => {
  if (typeof given === 'boolean') return given
  if (given === 'true' || given === '1') return true
  if (given === 'false' || given === '0') return false
  throw invalid(where, 'true or false', given)
}

export const readDuration: Read<Duration> = (given, where) => {
  const value = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given
  if (isDuration(value)) return value
  throw invalid(where, "a number of ms, or '250ms', '30s', '5m', '1h', '7d'", given)
}

export const readBytes: Read<Bytes> = (given, where) => {
  const value = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given
  if (isBytes(value)) return value
  throw invalid(where, "a number of bytes, or '64kb', '100mb', '2gb'", given)
}

export const readNumber: Read<number> = (given, where) => {
  const value = typeof given === 'string' && given.trim() !== '' ? Number(given) : given
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw invalid(where, 'a number', given)
}

/** A positive whole number. */
export const readCount: Read<number> = (given, where) => {
  const value = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
  throw invalid(where, 'a positive whole number', given)
}

/** One of those words. */
export function readChoice<const T extends string>(...words: readonly T[]): Read<T> {
  return (given, where) => {
    const found = words.find(word => word === given)
    if (found === undefined) throw invalid(where, `one of ${words.join(', ')}`, given)
    return found
  }
}

/** `[{ "name": …, "options": … }]`; the options are checked where tables are made. */
export const readTables: Read<readonly TableDef[]> = (given, where) => {
  if (!Array.isArray(given)) throw invalid(where, 'a list of { "name": …, "options": … }', given)
  return given.map((table: unknown) => {
    if (!isRecord(table)) throw invalid(where, 'a list of { "name": …, "options": … }', table)
    const { name, options, ...rest } = table
    const [unknown] = Object.keys(rest)
    if (unknown !== undefined) throw invalid(where, 'a list of { "name": …, "options": … }', unknown)
    if (options !== undefined && !isRecord(options))
      throw invalid(where, 'a list with objects as options', options)
    return { name: readText(name, where), options }
  })
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isDuration(value: unknown): value is Duration {
  return isAmount(value, /^\d+(\.\d+)?(ms|s|m|h|d)$/)
}

function isBytes(value: unknown): value is Bytes {
  return isAmount(value, /^\d+(\.\d+)?(b|kb|mb|gb)$/)
}

function isAmount(value: unknown, form: RegExp): boolean {
  return typeof value === 'number' ? value > 0 : typeof value === 'string' && form.test(value)
}

function invalid(where: string, wanted: string, given: unknown): MnemeshError {
  return new MnemeshError('ERR_INVALID_OPTION', `${where} must be ${wanted}, got ${JSON.stringify(given)}`)
}
