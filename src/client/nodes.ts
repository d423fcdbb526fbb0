import { type Environment, unit } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { hashBytes } from '../core/hash.ts'
import { retryAfterOf } from '../core/overload.ts'
import { within } from '../core/within.ts'
import type { Topology } from '../session/calls.ts'
import type { Call, Caller } from '../wire/caller.ts'
import type { Dialer } from '../wire/wire.ts'
import { Connection, type OpenedTable } from './connection.ts'
import { RetryBudget } from './retry-budget.ts'

const retryPauseMs = 50
const routeSeed = { low: 0x6d6e656d, high: 0x65736821 }

export interface NodesOptions {
  readonly endpoints: readonly string[]
  /** False: asks the endpoints only, whoever else they tell of. */
  readonly discover: boolean
}

/** A table on a node that can be asked right away. */
export interface Route {
  readonly caller: Caller
  readonly table: OpenedTable
}

/**
 * The nodes that a client knows: those it was given, and those they told it of. Each key goes to one holder of its
 * table, always the same while the holders stay, so that a client reads where it wrote.
 */
export class Nodes {
  readonly #env: Environment
  readonly #dialer: Dialer
  readonly #endpoints: readonly string[]
  readonly #discover: boolean
  readonly #connections = new Map<string, Connection>()
  readonly #candidates = new Map<string, readonly Connection[]>()
  readonly #budget: RetryBudget
  #topology: Topology = { nodes: [], holders: {} }
  #closed = false

  constructor(env: Environment, dialer: Dialer, { endpoints, discover }: NodesOptions) {
    this.#env = env
    this.#dialer = dialer
    this.#endpoints = endpoints
    this.#discover = discover
    this.#budget = new RetryBudget(env.clock.monotonic())
  }

  /** The hot path: a route for the key without waiting, if its node is connected and the table open there. */
  route(name: string, key: Uint8Array, length: number): Route | undefined {
    const candidates = this.#candidatesOf(name)
    const { caller, table } = peek(candidates[hashBytes(routeSeed, key, 0, length) % candidates.length], name)
    return caller === undefined || table === undefined ? undefined : { caller, table }
  }

  /**
   * Asks the key's node, or, when it cannot be reached and nothing was done there, another one, until the deadline.
   * Without a key, any holder will do.
   */
  async ask<T>(
    name: string,
    key: Buffer | undefined,
    call: Call,
    ask: (route: Route) => Promise<T>,
  ): Promise<T> {
    const hash = key === undefined ? 0 : hashBytes(routeSeed, key, 0, key.length)
    let last: unknown
    for (let attempt = 0; ; attempt++) {
      this.#checkOpen(call, last)
      const candidates = this.#candidatesOf(name)
      const awake = candidates.filter(connection => !connection.isResting)
      const connection =
        attempt === 0 ? candidates[hash % candidates.length] : awake[(hash + attempt) % awake.length]
      if (connection === undefined || (attempt > 0 && attempt % candidates.length === 0))
        await this.#pause(call)
      if (connection === undefined) continue
      try {
        return await this.#patiently(call, async () => ask(await this.#routeTo(connection, name, call)))
      } catch (error) {
        if (MnemeshError.is(error, 'ERR_TABLE_UNKNOWN')) connection.forget(name)
        if (!isElsewhere(error)) throw error
        last = error
      }
    }
  }

  /**
   * Asks a node, whichever holds what: of all known always the same for one `choice`, and another one when that cannot
   * be reached and nothing was done there.
   */
  async askAny<T>(choice: number, call: Call, ask: (caller: Caller) => Promise<T>): Promise<T> {
    let last: unknown
    for (let attempt = 0; ; attempt++) {
      this.#checkOpen(call, last)
      const addresses = this.addresses().sort()
      if (attempt > 0 && attempt % addresses.length === 0) await this.#pause(call)
      const connection = this.#connection(addresses[(choice + attempt) % addresses.length])
      try {
        const what = `connecting to ${connection.address}`
        const asked = async () => ask(await within(this.#env, connection.connect(), call, what))
        return await this.#patiently(call, asked)
      } catch (error) {
        if (!isElsewhere(error)) throw error
        last = error
      }
    }
  }

  /** Makes a call again that failed with that error, where that may help and as late as it was told; else throws. */
  async again<T>(error: unknown, call: Call, ask: () => Promise<T>): Promise<T> {
    const isRefused = !isElsewhere(error)
    if (isRefused && !(await this.#mayAskAgain(error, call))) throw error
    try {
      return await ask()
    } catch (last) {
      throw insteadOf(last, isRefused ? error : undefined)
    }
  }

  // After ERR_OVERLOADED, which applies nothing: waits as long as the node asks for. False at once where it failed
  // otherwise, would come too late, or too many were repeated.
  async #mayAskAgain(error: unknown, call: Call): Promise<boolean> {
    if (!MnemeshError.is(error, 'ERR_OVERLOADED') || error.maybeApplied) return false
    const now = this.#env.clock.monotonic()
    const hintMs = retryAfterOf(error) ?? retryPauseMs
    // Not all at the same instant: each between once and twice as late as it was told.
    const delayMs = hintMs * (1 + unit(this.#env.random))
    // The hint is as long as calls wait there: one that has less time than that is too late again.
    if (now + delayMs + hintMs >= call.deadline || call.signal?.aborted) return false
    let calls = 0
    for (const { caller } of this.#connections.values()) calls += caller?.calls ?? 0
    if (!this.#budget.take(calls, now)) return false
    await new Promise<void>(resolve => this.#env.timers.after(delayMs, resolve))
    return true
  }

  async #patiently<T>(call: Call, ask: () => Promise<T>): Promise<T> {
    let refused: unknown
    for (;;) {
      try {
        return await ask()
      } catch (error) {
        if (!(await this.#mayAskAgain(error, call))) throw insteadOf(error, refused)
        refused = error
      }
    }
  }

  /** Addresses of all nodes known, those connected first: for calls outside of sessions. */
  addresses(): string[] {
    const known = [...this.#topology.nodes.map(({ address }) => address), ...this.#endpoints]
    const connected = (address: string) => (this.#connections.get(address)?.caller === undefined ? 1 : 0)
    return [...new Set(known)].sort((a, b) => connected(a) - connected(b))
  }

  /** Resolves when one node answers. */
  async ready(call: Call): Promise<void> {
    let last: unknown
    for (;;) {
      this.#checkOpen(call, last)
      const attempts = this.addresses().map(address => this.#connection(address).connect())
      try {
        await within(this.#env, Promise.any(attempts), call, 'an answer of any node')
        return
      } catch (error) {
        if (!(error instanceof AggregateError)) throw last ?? error
        last = error.errors[0]
        await this.#pause(call)
      }
    }
  }

  close(): void {
    this.#closed = true
    for (const connection of this.#connections.values()) connection.close()
  }

  #candidatesOf(name: string): readonly Connection[] {
    let candidates = this.#candidates.get(name)
    if (candidates === undefined) {
      const { nodes, holders } = this.#topology
      const names = new Set(holders[name] ?? [])
      const holding = nodes.filter(node => names.has(node.name))
      // A table that nobody told of yet may be on any node; before anybody told anything, there are the endpoints.
      const chosen = holding.length > 0 ? holding : nodes
      const addresses = chosen.length > 0 ? chosen.map(({ address }) => address) : this.#endpoints
      candidates = [...addresses].sort().map(address => this.#connection(address))
      this.#candidates.set(name, candidates)
    }
    return candidates
  }

  #connection(address: string): Connection {
    let connection = this.#connections.get(address)
    if (connection === undefined) {
      const onTopology = (topology: Topology) => this.#follow(topology)
      connection = new Connection(this.#env, { dialer: this.#dialer, onTopology }, address)
      this.#connections.set(address, connection)
    }
    return connection
  }

  #follow(topology: Topology): void {
    if (this.#closed || !this.#discover || topology.nodes.length === 0) return
    this.#topology = topology
    this.#candidates.clear()
    const wanted = new Set([...topology.nodes.map(({ address }) => address), ...this.#endpoints])
    for (const [address, connection] of this.#connections) {
      if (wanted.has(address) || connection.caller !== undefined) continue
      connection.close()
      this.#connections.delete(address)
    }
  }

  async #routeTo(connection: Connection, name: string, call: Call): Promise<Route> {
    const what = `connecting to ${connection.address}`
    const caller = await within(this.#env, connection.connect(), call, what)
    return { caller, table: await within(this.#env, connection.open(name, call), call, what) }
  }

  #checkOpen(call: Call, last: unknown): void {
    if (this.#closed) throw new MnemeshError('ERR_CLOSED', 'this client was closed')
    if (call.signal?.aborted)
      throw new MnemeshError('ERR_ABORTED', 'the call was aborted', { cause: call.signal.reason })
    if (this.#env.clock.monotonic() < call.deadline) return
    throw last ?? new MnemeshError('ERR_TIMEOUT', 'no node answered before the deadline')
  }

  async #pause(call: Call): Promise<void> {
    const left = Math.max(0, call.deadline - this.#env.clock.monotonic())
    await new Promise<void>(resolve => this.#env.timers.after(Math.min(retryPauseMs, left), resolve))
  }
}

function peek(connection: Connection | undefined, name: string): { caller?: Caller; table?: OpenedTable } {
  return { caller: connection?.caller, table: connection?.opened(name) }
}

/**
 * What to tell of a call that was refused, asked again, and then not answered in time: where nothing was done, that there
 * was too much to do.
 */
function insteadOf(error: unknown, refused: unknown): unknown {
  return refused !== undefined && MnemeshError.is(error, 'ERR_TIMEOUT') && !error.maybeApplied
    ? refused
    : error
}

/** Nothing was done: the node could not be reached, does not hold the table any more, or is on its way out. */
export function isElsewhere(error: unknown): boolean {
  if (!MnemeshError.is(error) || error.maybeApplied) return false
  return error.code === 'ERR_UNAVAILABLE' || error.code === 'ERR_NOT_READY'
}
