import type { ChildProcess } from 'node:child_process'
import { MnemeshError } from '../client/index.ts'
import { environmentName } from './configuration.ts'
import { isFromChild } from './tie.ts'

/** How to run this program: the flags of Node, a loader among them, and its file. */
export interface ProgramCommand {
  readonly flags: readonly string[]
  readonly file: string
}

/** Resolves when the node that the process runs is ready; rejects with what kept it from that. */
export function untilReady(name: string, child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: unknown) => {
      if (!isFromChild(message)) return
      if (message.tell === 'ready') resolve()
      if (message.tell === 'failed') reject(new MnemeshError(message.code, `${name}: ${message.message}`))
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      const how = signal ?? `exit code ${code}`
      reject(new MnemeshError('ERR_UNAVAILABLE', `${name} ended before it was ready (${how})`))
    })
  })
}

/** The environment of this process, with these settings and none that is meant for nodes elsewhere, as their tables. */
export function childEnvironment(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([variable]) => !variable.startsWith('MNEMESH_'))
  const ours = Object.entries(settings).map(([setting, value]) => [environmentName(setting), value])
  return Object.fromEntries([...others, ...ours])
}

/** This very program, whether it runs from its sources or built. */
export function ownProgram(): ProgramCommand {
  const [, file] = process.argv
  if (file === undefined) throw new MnemeshError('ERR_INTERNAL', 'this program does not know its own file')
  return { flags: process.execArgv, file }
}
