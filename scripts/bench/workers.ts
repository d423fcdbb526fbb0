import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { compiled } from './compiled.ts'

/** A process of the bench that answers commands, one at a time. */
export class Worker {
  readonly #child: ChildProcess
  readonly #ended: Promise<never>

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#ended = once(child, 'exit').then(() => Promise.reject(new Error('a worker of the bench ended')))
    this.#ended.catch(() => {})
  }

  /** By the name of its file in this folder. */
  static async start(name: 'client-worker' | 'local-worker' | 'node-worker'): Promise<Worker> {
    const child = fork(await compiled(name), { execArgv: ['--expose-gc'] })
    const worker = new Worker(child)
    await worker.#answer()
    return worker
  }

  async ask<T>(command: object): Promise<T> {
    this.#child.send(command)
    return (await this.#answer()) as T
  }

  stop(): void {
    this.#child.kill('SIGKILL')
  }

  async #answer(): Promise<unknown> {
    const message = await Promise.race([this.#message(), this.#ended])
    if (message.error !== undefined) throw new Error(message.error)
    return message.answer
  }

  #message(): Promise<{ readonly answer?: unknown; readonly error?: string }> {
    return new Promise(resolve => this.#child.once('message', resolve as (message: unknown) => void))
  }
}
