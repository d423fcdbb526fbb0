import type { RegisterAnswer, RegisterCall, RegisterOperation, TableCall } from './history.ts'

/** A call that concerns one row: its own, or one that removed all rows of its table. */
export type RowCall = RegisterCall | (Omit<TableCall, 'answer'> & { readonly answer: undefined })

interface Row {
  readonly value: number | undefined
  /** Undefined when a write of unknown outcome made it; 0 when there is no row. */
  readonly version: number | undefined
  /** By the clock of the table: 0 for never, undefined when nobody was told. */
  readonly expiresAt: number | undefined
}

/** Every row that there may be: more than one where nobody was told whether its time was over. */
export type Rows = readonly Row[]

const none: Row = { value: undefined, version: 0, expiresAt: 0 }

/** Before the first call. */
export const noRows: Rows = [none]

/** The same for the same rows. */
export function nameOf(rows: Rows): string {
  return rows.map(({ value, version, expiresAt }) => `${value}@${version}-${expiresAt}`).join()
}

/** The rows that there may be after the call; empty when it could not have been answered so at these rows. */
export function after(rows: Rows, call: RowCall): Rows {
  if (call.operation.kind !== 'register') return noRows
  const own = call as RegisterCall
  const [first] = rows
  // Nearly always: one row, which has no end.
  if (rows.length === 1 && first.expiresAt === 0) {
    const next = apply(first, own)
    return next === undefined ? [] : [next]
  }
  const out = new Map<string, Row>()
  for (const row of rows)
    for (const seen of seenAt(row, own.answer?.clock)) {
      const next = apply(seen, own)
      if (next !== undefined) out.set(nameOf([next]), next)
    }
  return [...out.values()]
}

// What a reader at that time finds: the row, nothing, or either.
function seenAt(row: Row, clock: number | undefined): Rows {
  if (row.expiresAt === 0) return [row]
  if (row.expiresAt === undefined || clock === undefined) return [row, none]
  return clock < row.expiresAt ? [row] : noRows
}

function apply(row: Row, { operation, answer }: RegisterCall): Row | undefined {
  switch (operation.action) {
    case 'get':
      return same(row, answer)
    case 'set':
      return written(row, operation, answer)
    case 'delete':
      return answer?.applied === undefined || answer.applied === (row.value !== undefined) ? none : undefined
    case 'increment':
      return incremented(row, operation, answer)
    case 'ifAbsent':
      return conditional(row, operation, answer, row.value === undefined)
    case 'ifVersion':
      return conditional(row, operation, answer, mayHave(row, operation.version))
  }
}

function conditional(
  row: Row,
  operation: RegisterOperation,
  answer: RegisterAnswer | undefined,
  holds: boolean,
) {
  if (answer === undefined) return holds ? written(row, operation, answer) : row
  if (answer.applied === true) return holds ? written(row, operation, answer) : undefined
  // Refused: for a version that is not known the condition may as well not have held.
  const refused = operation.action === 'ifAbsent' ? !holds : row.version !== operation.version
  return refused ? row : undefined
}

function incremented(row: Row, operation: RegisterOperation, answer: RegisterAnswer | undefined) {
  const value = (row.value ?? 0) + (operation.by ?? 1)
  if (answer?.value !== undefined && answer.value !== value) return undefined
  const made = written(row, { ...operation, value }, answer)
  return made === undefined || row.value === undefined ? made : { ...made, expiresAt: row.expiresAt }
}

// Versions are places in one log: a later write has a higher one.
function written(row: Row, { value, ttlMs }: RegisterOperation, answer: RegisterAnswer | undefined) {
  const version = answer?.version
  if (version !== undefined && row.version !== undefined && version <= row.version) return undefined
  const clock = answer?.clock
  return {
    value,
    version,
    expiresAt: ttlMs === undefined ? 0 : clock === undefined ? undefined : clock + ttlMs,
  }
}

function same(row: Row, answer: RegisterAnswer | undefined): Row | undefined {
  if (answer === undefined) return row
  if (answer.value !== row.value || (answer.version !== undefined && !mayHave(row, answer.version)))
    return undefined
  return { ...row, version: answer.version ?? row.version }
}

function mayHave(row: Row, version: number | undefined): boolean {
  return row.version === undefined ? version !== 0 : row.version === version
}
