import { type ChildProcess, spawn } from 'node:child_process'
import { on, once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { createClient, type MeshClient } from '../../client/index.ts'
import { childEnvironment, type ProgramCommand, untilReady } from '../child.ts'
import type { Place } from './network.ts'
import { measuresOf, type ProcessMeasures } from './probe.ts'

export interface ChaosNodeOptions {
  readonly name: string
  readonly secret: string
  readonly program: ProgramCommand
  /** Flags of Node beyond those of the program. */
  readonly flags?: readonly string[]
  /** Settings of the node beyond those that it needs. */
  readonly settings?: Readonly<Record<string, string>>
  /** Where it logs to. */
  readonly log: string
  /** The process ended without having been told to. */
  readonly lost: (how: string) => void
}

/** A node to be mistreated: a process of its own that runs `start`, tied to this one. */
export class ChaosNode {
  readonly name: string
  readonly place: Place
  /** Asks this node, and no other one. */
  readonly client: MeshClient
  readonly #options: ChaosNodeOptions
  #child: ChildProcess | undefined
  #isTold = false

  constructor(place: Place, options: ChaosNodeOptions) {
    this.name = options.name
    this.place = place
    this.#options = options
    this.client = createClient({ endpoints: [place.grpc], discover: false })
  }

  get isRunning(): boolean {
    return this.#child !== undefined
  }

  /** Starts the process. Resolves when the node is ready; rejects with what kept it from that. */
  async start(seeds: readonly string[]): Promise<void> {
    const { program, flags = [], name, log } = this.#options
    const [command = process.execPath, ...before] = [...this.place.within, process.execPath]
    const out = openSync(log, 'a')
    const child = spawn(command, [...before, ...flags, ...program.flags, program.file, 'start', '--tied'], {
      env: this.#environment(seeds),
      stdio: ['ignore', out, out, 'ipc'],
    })
    closeSync(out)
    this.#child = child
    this.#isTold = true
    child.once('exit', (code, signal) => {
      if (this.#child === child) this.#child = undefined
      if (!this.#isTold) this.#options.lost(`${name} ended by itself (${signal ?? `exit code ${code}`})`)
    })
    await untilReady(name, child)
    this.#isTold = false
  }

  /** Sends the signal; resolves when the process has ended. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child
    this.#isTold = true
    if (child === undefined) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Moves its wall clock away from that of this process, until it is started anew. Needs `probeFlags`. */
  stepClock(offsetMs: number): void {
    this.#child?.send({ clockMs: offsetMs })
  }

  /** What it holds after a full garbage collection; undefined when it does not run. Needs `probeFlags`. */
  async measure(): Promise<ProcessMeasures | undefined> {
    const child = this.#child
    if (child === undefined) return undefined
    const asked = new AbortController()
    child.once('exit', () => asked.abort())
    child.send({ ask: 'measure' })
    try {
      for await (const [message] of on(child, 'message', { signal: asked.signal })) {
        const measures = measuresOf(message)
        if (measures !== undefined) return measures
      }
    } catch {
      // It ended.
    }
    return undefined
  }

  #environment(seeds: readonly string[]): NodeJS.ProcessEnv {
    const { gossip, grpc } = this.place
    return childEnvironment({
      ...this.#options.settings,
      ...{ name: this.name, cluster: 'chaos', secret: this.#options.secret, logLevel: 'info' },
      ...{ listen: grpc, gossip, seeds: seeds.join(), insecure: 'true' },
    })
  }
}
