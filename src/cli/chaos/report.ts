import type { Outcome, Verdict } from './checkers/history.ts'
import { type FaultKind, type FaultRecord, faultKinds } from './faults.ts'

export interface ChaosReport {
  readonly suite: 'strong'
  readonly nodes: number
  readonly seed: number
  readonly seconds: number
  /** What could not be done to the nodes, and why; empty when everything was. */
  readonly leftOut: string
  readonly faults: readonly FaultRecord[]
  readonly operations: Readonly<Record<Outcome, number>>
  /** How often calls ended with which error; of unknown outcome where `?` follows. */
  readonly errors: Readonly<Record<string, number>>
  readonly verdicts: readonly Verdict[]
  /** Folder with the history and what the nodes logged; undefined when it was deleted. */
  readonly folder: string | undefined
  readonly ok: boolean
}

export interface Spread {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Of so many values; the nearest rank, so that each number was really measured. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0)
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}

/** What was done, what came of it, and whether every law holds. */
export function reportText(report: ChaosReport): string {
  const { nodes, seed, seconds, leftOut, operations, errors, verdicts, folder, ok } = report
  const codes = Object.entries(errors).map(([code, count]) => `${code} ${count}`)
  return [
    `chaos --suite strong: ${nodes} nodes, ${seconds.toFixed(0)} s, seed ${seed}`,
    ...(leftOut === '' ? [] : [`NOT DONE: no network was cut; ${leftOut}`]),
    '',
    ...faultLines(report.faults),
    '',
    `operations    ${operations.ok} acknowledged, ${operations.fail} refused, ${operations.info} of unknown outcome`,
    ...(codes.length === 0 ? [] : [`              ${codes.join(', ')}`]),
    ...timeLines(report.faults),
    '',
    ...verdicts.flatMap(verdictLines),
    '',
    ok ? 'every law holds' : 'A LAW WAS BROKEN',
    ...(folder === undefined ? [] : [`history and logs are in ${folder}`]),
  ].join('\n')
}

function faultLines(faults: readonly FaultRecord[]): string[] {
  const row = (cells: readonly (string | number)[]) =>
    `${String(cells[0]).padEnd(14)}${cells
      .slice(1)
      .map(cell => String(cell).padStart(10))
      .join('')}`
  const done = faultKinds.filter(kind => faults.some(fault => fault.kind === kind))
  return [
    `${row(['fault', 'times', 'p50', 'p99', 'max'])}   ms until all agree that all is well`,
    ...done.map(kind => {
      const own = faults.filter(fault => fault.kind === kind)
      const spread = spreadOf(own.map(({ recoveryMs }) => recoveryMs))
      return row([kind, own.length, spread?.p50 ?? '', spread?.p99 ?? '', spread?.max ?? ''])
    }),
  ]
}

function timeLines(faults: readonly FaultRecord[]): string[] {
  const of = (kind: FaultKind, time: 'failoverMs' | 'gapMs') =>
    faults.flatMap(fault => (fault.kind === kind && fault[time] !== undefined ? [fault[time]] : []))
  const lines: readonly (readonly [string, readonly number[]])[] = [
    ['failover      leader killed', of('kill leader', 'failoverMs')],
    ['failover      leader paused', of('pause leader', 'failoverMs')],
    ['failover      leader cut off', of('cut leader', 'failoverMs')],
    ['handover      leader told to end', of('end leader', 'gapMs')],
  ]
  return lines.flatMap(([what, values]) => {
    const spread = spreadOf(values)
    if (spread === undefined) return []
    const { count, p50, p99, max } = spread
    return [`${what.padEnd(34)} p50 ${p50} ms, p99 ${p99} ms, max ${max} ms (${count} times)`]
  })
}

/** Whether that law holds, and how it was broken. */
export function verdictLines({ checker, violations, judged, unjudged }: Verdict): string[] {
  const verdict = violations.length > 0 ? 'BROKEN' : judged === 0 ? 'nothing judged' : 'holds'
  const left = unjudged > 0 ? `, ${unjudged} given up` : ''
  return [
    `${checker.padEnd(34)} ${verdict} (${judged} judged${left})`,
    ...violations.slice(0, 5).map(violation => `    ${violation}`),
    ...(violations.length > 5 ? [`    and ${violations.length - 5} more`] : []),
  ]
}
