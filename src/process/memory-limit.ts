import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'

/** Text of a file; undefined where there is none to read. */
export type ReadText = (path: string) => string | undefined

const root = '/sys/fs/cgroup'

/**
 * What a node may use unless it is told: half of the memory that its control group (version 2 or 1) may use, else a
 * quarter of the machine's.
 */
export function defaultMaxBytes(read: ReadText = readFile, machineBytes = totalmem()): number {
  const groupBytes = groupLimit(read)
  return Math.floor(groupBytes < machineBytes ? groupBytes / 2 : machineBytes / 4)
}

// The least that the group or one around it allows. Version 1 says a number beyond all memory where there is no limit.
function groupLimit(read: ReadText): number {
  const limits: number[] = []
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    const [, id, controllers = '', path = ''] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? []
    if (id === undefined) continue
    const files =
      controllers === ''
        ? foldersOf(path).flatMap(folder => [`${root}${folder}/memory.max`, `${root}${folder}/memory.high`])
        : controllers.split(',').includes('memory')
          ? foldersOf(path).map(folder => `${root}/memory${folder}/memory.limit_in_bytes`)
          : []
    limits.push(...files.map(file => bytesIn(read(file))))
  }
  return Math.min(...limits, Number.POSITIVE_INFINITY)
}

// From the group's own to the root of all. A container sees its own group as the root, whatever the path says.
function foldersOf(path: string): string[] {
  const names = path.split('/').filter(name => name !== '')
  return Array.from({ length: names.length + 1 }, (_, i) =>
    names
      .slice(0, names.length - i)
      .map(name => `/${name}`)
      .join(''),
  )
}

function bytesIn(text: string | undefined): number {
  const bytes = Number(text?.trim() || 'max')
  return bytes > 0 ? bytes : Number.POSITIVE_INFINITY
}

function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
