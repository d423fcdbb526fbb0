import { MnemeshError } from './errors.ts'

/** Milliseconds as a number, or with a unit: `'250ms'`, `'30s'`, `'5m'`, `'1h'`, `'7d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

/** Bytes as a number, or with a unit of 1,024: `'64kb'`, `'100mb'`, `'2gb'`. */
export type Bytes = number | `${number}${'b' | 'kb' | 'mb' | 'gb'}`

const msPerUnit: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const bytesPerUnit: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 }

/** A positive duration in whole ms. Throws ERR_INVALID_ARGUMENT naming `what`. */
export function toMs(value: Duration, what: string): number {
  return Math.ceil(
    quantity(value, msPerUnit, what, "a positive number of ms or '250ms', '30s', '5m', '1h', '7d'"),
  )
}

/** A positive amount in whole bytes. Throws ERR_INVALID_ARGUMENT naming `what`. */
export function toBytes(value: Bytes, what: string): number {
  return Math.ceil(
    quantity(value, bytesPerUnit, what, "a positive number of bytes or '64kb', '100mb', '2gb'"),
  )
}

function quantity(
  value: unknown,
  units: Readonly<Record<string, number>>,
  what: string,
  form: string,
): number {
  const amount = typeof value === 'number' ? value : parse(value, units)
  if (amount > 0 && amount <= Number.MAX_SAFE_INTEGER) return amount
  throw new MnemeshError('ERR_INVALID_ARGUMENT', `${what} must be ${form}, got ${show(value)}`)
}

function parse(value: unknown, units: Readonly<Record<string, number>>): number {
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)([a-z]+)$/i.exec(value.trim()) : null
  const unit = units[match?.[2]?.toLowerCase() ?? '']
  return match === null || unit === undefined ? Number.NaN : Number(match[1]) * unit
}

/** A value as it may stand in an error message: short, quoted, never more than a glimpse. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  return String(value)
}
