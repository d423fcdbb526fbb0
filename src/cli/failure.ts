import { CommanderError } from 'commander'
import { MnemeshError } from '../client/index.ts'

/** 0 done, 1 failed, 2 wrong use, 3 not reachable. */
export type ExitCode = 0 | 1 | 2 | 3

/** What a verb could not do, as it is told. `code` is absent where nothing went wrong but the answer is no. */
export interface Failure {
  readonly code?: string
  readonly message: string
  readonly exit: ExitCode
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
  const { code, message } = error
  return { code, message, exit: exitOf(code) }
}

/** A line for people, or JSON. */
export function failureText({ code, message }: Failure, json: boolean): string {
  if (json) return JSON.stringify({ error: { code, message } })
  return code === undefined ? message : `error ${code}: ${message}`
}

function oneLine(message: string): string {
  return message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')
}

function exitOf(code: string): ExitCode {
  if (wrongUse.includes(code)) return 2
  return code === 'ERR_UNAVAILABLE' ? 3 : 1
}
