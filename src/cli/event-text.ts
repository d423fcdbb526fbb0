import type { ClusterEvent } from '../client/index.ts'
import { type Colour, type Paint, unpainted } from './output.ts'
import { toJson } from './values.ts'

const colours: Readonly<Record<ClusterEvent['level'], Colour>> = {
  info: 'dim',
  warn: 'yellow',
  error: 'red',
}

/** One event on one line: when, who tells, what, and what it says. */
export function eventText(event: ClusterEvent, paint: Paint = unpainted): string {
  const { type, level, at, node, sequence: _, ...fields } = event
  const said = Object.entries(fields).map(([name, value]) => `${name}=${fieldText(value)}`)
  const when = paint('dim', new Date(at).toISOString())
  return [when, node === '' ? '-' : node, paint(colours[level], type), ...said].join('  ')
}

// A name as it is, unless it would not be told from what stands beside it.
function fieldText(value: unknown): string {
  if (typeof value === 'number') return String(Math.round(value * 1000) / 1000)
  if (typeof value === 'string' && /^[^\s="[\]{}]+$/.test(value)) return value
  if (Array.isArray(value) && value.every(one => typeof one === 'string')) return value.join(',') || '-'
  return toJson(value)
}
