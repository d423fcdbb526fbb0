import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type Key, MnemeshError } from '../../client/index.ts'
import { childEnvironment, ownProgram, untilReady } from '../child.ts'
import type { LogLevel } from '../settings.ts'
import { type FromParent, isFromChild } from '../tie.ts'

const stopGraceMs = 10_000
const peekTimeoutMs = 5000

export interface LocalNodeOptions {
  readonly name: string
  readonly cluster: string
  readonly secret: string
  readonly logLevel: LogLevel
  /** Takes what the node logs. */
  readonly line: (line: string) => void
  /** The process ended without having been asked to. */
  readonly lost: (how: string) => void
}

/** A node of `dev`: a process of its own that runs `start`, tied to this one. */
export class LocalNode {
  readonly name: string
  readonly grpc: string
  readonly gossip: string
  readonly #options: LocalNodeOptions
  #child: ChildProcess | undefined
  #isWanted = false
  #questions = 0

  /** Gossip at `port`, gRPC at the next one. */
  constructor(port: number, options: LocalNodeOptions) {
    this.name = options.name
    this.gossip = `127.0.0.1:${port}`
    this.grpc = `127.0.0.1:${port + 1}`
    this.#options = options
  }

  get isRunning(): boolean {
    return this.#child !== undefined
  }

  /** Starts the process. Resolves when the node is ready, its copies loaded; rejects with what kept it from that. */
  async start(seeds: readonly string[]): Promise<void> {
    const child = fork(ownProgram().file, ['start', '--tied'], {
      env: this.#environment(seeds),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#child = child
    this.#isWanted = false
    child.once('exit', (code, signal) => this.#ended(child, signal ?? `exit code ${code}`))
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', this.#options.line)
    }
    await untilReady(this.name, child)
    this.#isWanted = true
  }

  /** Ends the process as a crash would. Resolves when it is gone. */
  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  /** Asks the process to end, and sees to it that it does. */
  stop(): Promise<void> {
    return this.#end('SIGTERM')
  }

  /** What that process holds under the key in its own memory; no other node is asked. */
  async peek(table: string, key: Key): Promise<unknown> {
    const child = this.#child
    if (child === undefined) throw new MnemeshError('ERR_UNAVAILABLE', `${this.name} does not run`)
    const id = ++this.#questions
    const question: FromParent = { ask: 'peek', id, table, key }
    return new Promise((resolve, reject) => {
      const listener = (message: unknown) => {
        if (isFromChild(message) && message.tell === 'held' && message.id === id)
          settle(() => resolve(message.value))
      }
      const settle = (then: () => void) => {
        clearTimeout(timer)
        child.off('message', listener)
        then()
      }
      const late = new MnemeshError('ERR_TIMEOUT', `${this.name} did not answer within ${peekTimeoutMs} ms`)
      const timer = setTimeout(() => settle(() => reject(late)), peekTimeoutMs)
      child.on('message', listener)
      child.send(question)
    })
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#isWanted = false
    if (child === undefined) return
    const ended = once(child, 'exit')
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), stopGraceMs)
    await ended
    clearTimeout(timer)
  }

  #ended(child: ChildProcess, how: string): void {
    if (this.#child === child) this.#child = undefined
    if (this.#isWanted) this.#options.lost(how)
  }

  #environment(seeds: readonly string[]): NodeJS.ProcessEnv {
    const { name, cluster, secret, logLevel } = this.#options
    return childEnvironment({
      name,
      cluster,
      secret,
      logLevel,
      listen: this.grpc,
      gossip: this.gossip,
      seeds: seeds.join(),
    })
  }
}
