import type { CodecName } from '../core/codec.ts'
import type { Environment } from '../core/environment.ts'
import { MnemeshError, toMnemeshError } from '../core/errors.ts'
import { readError, readPlain } from '../core/failure.ts'
import { bodyOf, frameKinds } from '../core/frame.ts'
import { sessionCalls, type Topology, toTopology } from '../session/calls.ts'
import { type Call, Caller, eachItem } from '../wire/caller.ts'
import { FrameReceiver } from '../wire/frame-receiver.ts'
import { FrameSender, noStamps } from '../wire/frame-sender.ts'
import type { Dialer, Wire } from '../wire/wire.ts'
import { Throttle } from './throttle.ts'

const connectTimeoutMs = 2000
const firstBackoffMs = 100
const maxBackoffMs = 2000
const maxInFlight = 16_384

/** A table as one session knows it. */
export interface OpenedTable {
  readonly handle: number
  readonly codec: CodecName
}

export interface ConnectionParts {
  readonly dialer: Dialer
  /** A node told who is there to ask. */
  readonly onTopology: (topology: Topology) => void
}

/** A session with one node: dialled when it is first needed, and again after it broke. */
export class Connection {
  readonly address: string
  readonly #env: Environment
  readonly #parts: ConnectionParts
  readonly #throttle: Throttle
  #caller: Caller | undefined
  #wire: Wire | undefined
  #connecting: Promise<Caller> | undefined
  #tables = new Map<string, OpenedTable>()
  #opening = new Map<string, Promise<OpenedTable>>()
  #retryAt = 0
  #backoffMs = firstBackoffMs
  #closed = false

  constructor(env: Environment, parts: ConnectionParts, address: string) {
    this.address = address
    this.#env = env
    this.#parts = parts
    this.#throttle = new Throttle(env, address)
  }

  /** The calling side, if the session stands. */
  get caller(): Caller | undefined {
    return this.#caller
  }

  /** True while the last attempt failed and it is too early for the next. */
  get isResting(): boolean {
    return this.#caller === undefined && this.#env.clock.monotonic() < this.#retryAt
  }

  /** The table's handle, if this session has opened it already. */
  opened(name: string): OpenedTable | undefined {
    return this.#caller === undefined ? undefined : this.#tables.get(name)
  }

  connect(): Promise<Caller> {
    if (this.#closed) return Promise.reject(new MnemeshError('ERR_CLOSED', 'this client was closed'))
    if (this.#caller !== undefined) return Promise.resolve(this.#caller)
    this.#connecting ??= this.#dial().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  /** Opens the table in this session. Rejects with ERR_TABLE_UNKNOWN. */
  async open(name: string, call: Call): Promise<OpenedTable> {
    const caller = await this.connect()
    const known = this.#tables.get(name)
    if (known !== undefined) return known
    let opening = this.#opening.get(name)
    if (opening === undefined) {
      opening = caller.call(
        sessionCalls.open,
        body => body.text(name),
        reply => toOpened(readPlain(reply)),
        {
          deadline: Math.max(call.deadline, this.#env.clock.monotonic() + 1000),
        },
      )
      this.#opening.set(name, opening)
      const tables = this.#tables
      opening
        .then(opened => tables.set(name, opened))
        .catch(() => {})
        .finally(() => this.#opening.delete(name))
    }
    return opening
  }

  /** The table is not what it was: its handle stands for another one now. */
  forget(name: string): void {
    this.#tables.delete(name)
  }

  close(): void {
    this.#closed = true
    this.#wire?.close()
    this.#lost(new MnemeshError('ERR_CLOSED', 'this client was closed'))
  }

  // Open once the node has answered a first call: what is sent to a dead address was never sent.
  async #dial(): Promise<Caller> {
    const receiver = new FrameReceiver()
    const state: { caller?: Caller; sender?: FrameSender } = {}
    const wire = this.#parts.dialer.dial(this.address, 'main', {
      frame: bytes => {
        try {
          const head = receiver.accept(bytes)
          if (head === undefined) return
          if (head.kind === frameKinds.refuse) throw readError(bodyOf(bytes))
          eachItem(bodyOf(bytes), (kind, id, payload) => state.caller?.item(kind, id, payload))
        } catch (error) {
          wire.close(toMnemeshError(error))
        }
      },
      drained: () => state.sender?.drained(),
      closed: error => {
        const reason = error ?? new MnemeshError('ERR_UNAVAILABLE', `the session with ${this.address} ended`)
        state.sender?.close()
        state.caller?.close(unavailable(this.address, reason))
        if (this.#caller === state.caller) this.#lost(reason)
      },
    })
    const sender = new FrameSender(this.#env.timers, wire, noStamps)
    const caller = new Caller(this.#env, sender, { limit: maxInFlight, gate: this.#throttle })
    state.sender = sender
    state.caller = caller
    try {
      await this.#greet(caller)
    } catch (error) {
      wire.close()
      this.#rest()
      throw unavailable(this.address, toMnemeshError(error))
    }
    if (this.#closed) {
      wire.close()
      throw new MnemeshError('ERR_CLOSED', 'this client was closed')
    }
    this.#wire = wire
    this.#caller = caller
    this.#tables = new Map()
    this.#backoffMs = firstBackoffMs
    return caller
  }

  async #greet(caller: Caller): Promise<void> {
    const { onTopology } = this.#parts
    const call = { deadline: this.#env.clock.monotonic() + connectTimeoutMs }
    const { answer } = caller.subscribe(
      sessionCalls.topology,
      () => {},
      reply => toTopology(readPlain(reply)),
      call,
      push => onTopology(toTopology(readPlain(push))),
      () => {},
    )
    onTopology(await answer)
  }

  #lost(reason: MnemeshError): void {
    this.#caller?.close(unavailable(this.address, reason))
    this.#caller = undefined
    this.#wire = undefined
    this.#opening.clear()
    this.#rest()
  }

  #rest(): void {
    this.#retryAt = this.#env.clock.monotonic() + this.#backoffMs
    this.#backoffMs = Math.min(this.#backoffMs * 2, maxBackoffMs)
  }
}

function toOpened(fields: Readonly<Record<string, unknown>>): OpenedTable {
  return { handle: Number(fields.handle), codec: fields.codec === 'bytes' ? 'bytes' : 'msgpack' }
}

function unavailable(address: string, cause: MnemeshError): MnemeshError {
  if (cause.code === 'ERR_CLOSED' || cause.code === 'ERR_VERSION_SKEW') return cause
  return new MnemeshError('ERR_UNAVAILABLE', `node at ${address} cannot be reached: ${cause.message}`, {
    cause,
  })
}
