import { type Colour, type Paint, unpainted } from './output.ts'

/** What stands in a column: a text, or one in colour. */
export type Cell = string | { readonly text: string; readonly colour: Colour }

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const

/** Rows under their heads, two spaces apart, each column as wide as its widest cell. Heads with `>` align right. */
export function columns(
  heads: readonly string[],
  rows: readonly (readonly Cell[])[],
  paint: Paint = unpainted,
): string {
  const titles = heads.map(head => head.replace(/^>/, ''))
  const widths = titles.map((title, i) =>
    Math.max(title.length, ...rows.map(row => textOf(row[i] ?? '').length)),
  )
  const line = (cells: readonly Cell[]) =>
    titles.map((_, i) => {
      const cell = cells[i] ?? ''
      const text = textOf(cell)
      const right = heads[i]?.startsWith('>') === true
      const space = ' '.repeat((widths[i] ?? 0) - text.length)
      const painted = typeof cell === 'string' ? text : paint(cell.colour, text)
      return right ? space + painted : painted + space
    })
  return [titles, ...rows].map(cells => line(cells).join('  ').trimEnd()).join('\n')
}

/** `120,412`. */
export function countText(count: number): string {
  return count.toLocaleString('en-US')
}

/** `3 nodes`, `1 node`. */
export function plural(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** `41 MB`, of 1,024 KB each; one digit after the point below 10. */
export function sizeText(bytes: number): string {
  const names = ['B', 'KB', 'MB', 'GB', 'TB']
  let size = bytes
  let unit = 0
  while (size >= 1000 && unit < names.length - 1) {
    size /= 1024
    unit++
  }
  return `${unit > 0 && size < 10 ? size.toFixed(1) : Math.round(size)} ${names[unit]}`
}

/** How long something has lasted, in its greatest unit, from an hour on with the next one: `38s`, `12m`, `3h 4m`. */
export function ageText(ms: number): string {
  if (ms < 60_000) return `${Math.floor(ms / 1000)}s`
  return ms < 3_600_000 ? `${Math.floor(ms / 60_000)}m` : leftText(ms)
}

/** How long something will last, in its two greatest units: `38s`, `9m 59s`, `3h 4m`, `2d 1h`. */
export function leftText(ms: number): string {
  let rest = Math.floor(ms / 1000) * 1000
  const parts: string[] = []
  for (const [unit, size] of units.slice(0, 4)) {
    if (rest >= size) parts.push(`${Math.floor(rest / size)}${unit}`)
    rest %= size
  }
  return parts.slice(0, 2).join(' ') || '0s'
}

/** A duration exactly, as options are written: `1h`, `90s`, `1500ms`. */
export function durationText(ms: number): string {
  const [unit, size] = units.find(([, size]) => ms >= size && ms % size === 0) ?? units[4]
  return `${ms / size}${unit}`
}

/** `33.8%`. */
export function shareText(share: number): string {
  return `${(share * 100).toFixed(1)}%`
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}
