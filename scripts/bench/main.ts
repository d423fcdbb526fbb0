import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { full, type Row, short } from './measure.ts'
import { sections } from './sections.ts'

const usage = `npm run bench -- [--only local,memory,writes,client,copy,overload,strong] [--json FILE] [--short] [--ci]
Ours beside its peers in one run, medians of several; peers that are not installed are left out (Debian: redis-server,
erlang-mnesia). Three nodes are three processes on this machine. --short takes about four minutes; --ci is --short and
exits 1 when a ratio is below half of its bar.`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      json: { type: 'string' },
      short: { type: 'boolean', default: false },
      ci: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const wanted = values.only?.split(',') ?? Object.keys(sections)
  if (values.help || wanted.some(name => sections[name] === undefined)) {
    console.log(usage)
    return values.help ? 0 : 2
  }
  const scale = values.short || values.ci ? short : full
  console.log(machine())
  const rows: Row[] = []
  for (const name of wanted) {
    const made = await sections[name](scale)
    for (const row of made) console.log(line(row))
    rows.push(...made)
  }
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ machine: machine(), rows }, null, 2)}\n`)
  console.log(`\n${markdown(rows)}`)
  return values.ci && rows.some(tooSlow) ? 1 : 0
}

// CI machines are shared and noisy: half of a bar is a defect, less than a bar may be the neighbours.
function tooSlow({ bar, ratio, ours, unit }: Row): boolean {
  if (bar === null) return false
  if (ratio !== null) return ratio < bar / 2
  return (unit === 'ms' || unit === 'B') && ours > bar * 2
}

function machine(): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  const [cpu] = cpus()
  return `${cpus().length} x ${cpu.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, commit ${commit}`
}

function line({ what, ours, unit, peer, peerName, ratio, bar, met, note }: Row): string {
  const beside =
    peer === null
      ? peerName === ''
        ? ''
        : ` (${peerName}: not installed)`
      : ` | ${peerName} ${figure(peer)} | ${(ratio ?? 0).toFixed(2)} x`
  const verdict = met === null ? '' : met ? ` | bar ${bar} met` : ` | bar ${bar} MISSED`
  return `${what}: ${figure(ours)} ${unit}${beside}${verdict}${note === undefined ? '' : ` | ${note}`}`
}

function markdown(rows: readonly Row[]): string {
  const head = '| what | ours (min to max) | peer | ratio | bar | latency |\n|---|---|---|---|---|---|'
  const cells = rows.map(({ what, ours, range, unit, peer, peerName, ratio, bar, met, note }) => {
    const mine = `${figure(ours)} ${unit} (${figure(range[0])} to ${figure(range[1])})`
    const theirs = peerName === '' ? '' : `${peerName}: ${peer === null ? 'not installed' : figure(peer)}`
    const verdict = bar === null ? '' : `${bar} ${met === null ? '' : met ? 'met' : 'MISSED'}`
    return `| ${what} | ${mine} | ${theirs} | ${ratio === null ? '' : `${ratio.toFixed(2)} x`} | ${verdict} | ${note ?? ''} |`
  })
  return [head, ...cells].join('\n')
}

function figure(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(value < 10 ? 2 : 1)
}

process.exitCode = await main()
process.exit()
