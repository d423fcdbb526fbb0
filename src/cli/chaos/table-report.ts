import type { Outcome, Verdict } from './checkers/history.ts'
import { spreadOf, verdictLines } from './report.ts'
import { tableFaultKinds } from './table-faults.ts'
import type { TableRound } from './table-rounds.ts'

export type RoundTimes = Pick<TableRound, 'kind' | 'what' | 'wellMs' | 'equalMs' | 'lost'>

export interface TableChaosReport {
  readonly suite: 'default'
  readonly nodes: number
  readonly seed: number
  readonly seconds: number
  /** What could not be done to the nodes, and why; empty when everything was. */
  readonly leftOut: string
  readonly rounds: readonly RoundTimes[]
  readonly operations: Readonly<Record<Outcome, number>>
  /** How often calls ended with which error; of unknown outcome where `?` follows. */
  readonly errors: Readonly<Record<string, number>>
  readonly verdicts: readonly Verdict[]
  /** Folder with the history and what the nodes logged; undefined when it was deleted. */
  readonly folder: string | undefined
  readonly ok: boolean
}

/** What was done, what came of it, and whether every law holds. */
export function tableReportText(report: TableChaosReport): string {
  const { nodes, seed, seconds, leftOut, rounds, operations, errors, verdicts, folder, ok } = report
  const codes = Object.entries(errors).map(([code, count]) => `${code} ${count}`)
  const anomalies = verdicts.reduce((sum, { violations }) => sum + violations.length, 0)
  const lost = rounds.reduce((sum, round) => sum + round.lost, 0)
  return [
    `chaos --suite default: ${nodes} nodes, ${seconds.toFixed(0)} s, seed ${seed}`,
    ...(leftOut === '' ? [] : [`NOT DONE: nothing was done to the network; ${leftOut}`]),
    '',
    ...roundLines(rounds),
    '',
    `operations    ${operations.ok} acknowledged, ${operations.fail} refused, ${operations.info} of unknown outcome`,
    ...(codes.length === 0 ? [] : [`              ${codes.join(', ')}`]),
    `increments    ${lost} acknowledged by one owner lost to another one while views differed`,
    '',
    ...verdicts.flatMap(verdictLines),
    '',
    ok ? '0 anomalies: every law holds' : `${anomalies} ANOMALIES: A LAW WAS BROKEN`,
    ...(ok
      ? []
      : [
          `the same faults: mnemesh chaos --suite default --nodes ${nodes} --seconds ${Math.ceil(seconds)} --seed ${seed}`,
        ]),
    ...(folder === undefined ? [] : [`history and logs are in ${folder}`]),
  ].join('\n')
}

/** What was survived, by kind, and how long it took. */
export function roundLines(rounds: readonly RoundTimes[]): string[] {
  const row = ([first = '', ...cells]: readonly (string | number)[]) =>
    `${String(first).padEnd(18)}${cells.map(cell => String(cell).padStart(11)).join('')}`
  const kinds = tableFaultKinds.filter(kind => rounds.some(round => round.kind === kind))
  return [
    row(['fault', 'survived', 'well p50', 'max', 'equal p50', 'max  ms']),
    ...kinds.map(kind => {
      const own = rounds.filter(round => round.kind === kind)
      const [well, equal] = [spreadOf(own.map(one => one.wellMs)), spreadOf(own.map(one => one.equalMs))]
      return row([kind, own.length, well?.p50 ?? '', well?.max ?? '', equal?.p50 ?? '', equal?.max ?? ''])
    }),
  ]
}
