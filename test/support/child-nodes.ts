import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { NodeOptions } from '../../src/index.ts'
import type { Command } from './node-process.ts'
import { clusterSecret } from './nodes.ts'
import { nodeProcess } from './program.ts'

type CommandBody = Command extends infer C ? (C extends Command ? Omit<C, 'id'> : never) : never

/** A node in a process of its own. */
export class ChildNode {
  readonly child: ChildProcess
  readonly exited: Promise<number | NodeJS.Signals>
  ports = { grpc: 0, gossip: 0 }
  /** Numbers of the writes that were confirmed to the writer. */
  readonly written: number[] = []
  readonly #answers = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()
  #lastId = 0

  constructor(options: NodeOptions) {
    this.child = fork(nodeProcess, [JSON.stringify(options)], {
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.exited = once(this.child, 'exit').then(([code, signal]) => code ?? signal)
    this.child.on(
      'message',
      (message: { id?: number; answer?: unknown; error?: string; written?: number }) => {
        if (message.written !== undefined) this.written.push(message.written)
        const waiting = this.#answers.get(message.id ?? -1)
        if (message.error === undefined) waiting?.resolve(message.answer as never)
        else waiting?.reject(new Error(message.error))
      },
    )
  }

  async started(): Promise<this> {
    for (;;) {
      const [message] = await Promise.race([
        once(this.child, 'message'),
        this.exited.then(code => Promise.reject(new Error(`exited with ${code}`))),
      ])
      if (message.ready === undefined) continue
      this.ports = message.ready
      return this
    }
  }

  ask<T>(command: CommandBody): Promise<T> {
    const id = ++this.#lastId
    return new Promise<T>((resolve, reject) => {
      this.#answers.set(id, { resolve, reject })
      this.child.send({ ...command, id })
      this.exited.then(code => reject(new Error(`exited with ${code}`)))
    })
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal)
    await this.exited
  }
}

/** Starts nodes as processes of their own on loopback, and ends all of them. */
export class ChildNodes {
  readonly #children: ChildNode[] = []

  start(name: string, options: NodeOptions = {}): Promise<ChildNode> {
    const child = new ChildNode({
      name,
      listen: '127.0.0.1:0',
      gossip: '127.0.0.1:0',
      secret: clusterSecret,
      profile: 'test',
      ...options,
    })
    this.#children.push(child)
    return child.started()
  }

  /** Ends the process started last, even if it is still starting. */
  async endLast(signal: NodeJS.Signals): Promise<void> {
    await this.#children.at(-1)?.kill(signal)
  }

  async close(): Promise<void> {
    await Promise.all(this.#children.map(child => child.kill('SIGKILL')))
  }
}
