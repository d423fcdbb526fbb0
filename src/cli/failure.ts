import { CommanderError } from 'commander'
import { MnemeshError } from '../client/index.ts'

/** 0 done, 1 failed, 2 wrong use, 3 not reachable. */
export type ExitCode = 0 | 1 | 2 | 3

/** What a verb could not do, as it is told. `code` is absent where nothing went wrong but the answer is no. */
export interface Failure {
  readonly code?: string
  readonly message: string
  readonly exit: ExitCode
  /** When the node that refused wants to be asked again. */
  readonly retryAfterMs?: number
}

const wrongUse: readonly string[] = ['ERR_INVALID_ARGUMENT', 'ERR_INVALID_OPTION']

/** How whatever was thrown is told; undefined when it was help that was asked for. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return undefined
    // Help instead of an error: there was a verb missing.
    const isHelp = error.code === 'commander.help'
    const message = isHelp ? 'no command given; these are known' : error.message
    return { code: 'ERR_INVALID_ARGUMENT', message: oneLine(message), exit: 2 }
  }
  if (!MnemeshError.is(error)) {
    const message = error instanceof Error ? error.message : String(error)
    return { code: 'ERR_INTERNAL', message, exit: 1 }
  }
  const { code, message, details, retryable } = error
  const retryAfterMs = retryable ? details?.retryAfterMs : undefined
  const hint = typeof retryAfterMs === 'number' ? { retryAfterMs } : {}
  return { code, message, exit: exitOf(code), ...hint }
}

/** A line for people, or JSON. */
export function failureText({ code, message, retryAfterMs }: Failure, json: boolean): string {
  if (json) return JSON.stringify({ error: { code, message, retryAfterMs } })
  const hint = retryAfterMs === undefined ? '' : ` (ask again in ${retryAfterMs} ms)`
  return code === undefined ? message : `error ${code}: ${message}${hint}`
}

function oneLine(message: string): string {
  return message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')
}

function exitOf(code: string): ExitCode {
  if (wrongUse.includes(code)) return 2
  return code === 'ERR_UNAVAILABLE' ? 3 : 1
}
