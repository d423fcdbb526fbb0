import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** A process of the bench that answers commands, one at a time. */
export class Worker {
  readonly #child: ChildProcess
  readonly #ended: Promise<never>

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#ended = once(child, 'exit').then(() => Promise.reject(new Error('a worker of the bench ended')))
    this.#ended.catch(() => {})
  }

  static async start(file: string, args: readonly string[] = []): Promise<Worker> {
    const child = fork(new URL(file, import.meta.url), args, { execArgv: ['--expose-gc', '--import', 'tsx'] })
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

/** Serves commands in a worker: says that it is ready, then answers each with what `run` resolves with. */
export function serve<C>(run: (command: C) => Promise<unknown>): void {
  process.on('message', command => {
    run(command as C).then(
      answer => process.send?.({ answer }),
      error => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
    )
  })
  process.send?.({ answer: 'ready' })
}
