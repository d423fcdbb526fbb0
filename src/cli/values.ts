import { type Key, MnemeshError } from '../client/index.ts'

export const keyTypes = ['text', 'number', 'boolean', 'json'] as const
export type KeyType = (typeof keyTypes)[number]

/** The key that a word on the command line stands for. Throws ERR_INVALID_ARGUMENT. */
export function toKey(word: string, type: KeyType): Key {
  if (type === 'text') return word
  const value = parseJson(word)
  const fits = type === 'json' ? isKey(value) : typeof value === type
  if (fits && isKey(value)) return value
  const wanted = type === 'json' ? 'text, a number, true, false or a list of those' : `a ${type}`
  throw new MnemeshError(
    'ERR_INVALID_ARGUMENT',
    `a key of type ${type} must be ${wanted} as JSON, got ${JSON.stringify(word)}`,
  )
}

/** A key as `toKey` reads it back: text as it is, all else as JSON. */
export function keyText(key: Key): string {
  return typeof key === 'string' ? key : toJson(key)
}

/** The value that a word on the command line stands for: JSON if it is, else the text itself. */
export function toValue(word: string): unknown {
  const value = parseJson(word)
  return value === undefined ? word : value
}

/** A value for people: text as it is, bytes as base64, all else as JSON. */
export function valueText(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return typeof value === 'string' ? value : toJson(value)
}

/** One line of JSON. Bytes become base64, as in the JSON of protobuf; numbers that JSON lacks become text. */
export function toJson(value: unknown): string {
  return JSON.stringify(withoutForeign(value)) ?? 'null'
}

// Before JSON.stringify sees it: Buffers have a toJSON of their own.
function withoutForeign(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return value.map(withoutForeign)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withoutForeign(field)]))
}

function parseJson(word: string): unknown {
  try {
    return JSON.parse(word)
  } catch {
    return undefined
  }
}

function isKey(value: unknown): value is Key {
  if (Array.isArray(value)) return value.length > 0 && value.every(isKey)
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
