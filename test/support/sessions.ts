import { ClientLocks } from '../../src/client/locks.ts'
import { Nodes } from '../../src/client/nodes.ts'
import { ClientTransactions } from '../../src/client/transactions.ts'
import { maxValueBytes } from '../../src/core/codec.ts'
import type { Environment } from '../../src/core/environment.ts'
import { MnemeshError } from '../../src/core/errors.ts'
import { TypedCoordination } from '../../src/face/coordination.ts'
import { EmbeddedCoordination } from '../../src/node/embedded-coordination.ts'
import { SessionServer } from '../../src/session/session-server.ts'
import { Admission } from '../../src/wire/admission.ts'
import type { Dialer, Wire, WireEvents } from '../../src/wire/wire.ts'
import type { LocalStrong } from './local-strong.ts'

/** Nodes that clients can dial within the process: each answers sessions at its address. */
export class LocalNodes implements Dialer {
  readonly #env: Environment
  readonly #byAddress = new Map<string, LocalStrong>()
  readonly #wires = new Map<string, Set<Wire>>()

  constructor(env: Environment) {
    this.#env = env
  }

  add(address: string, strong: LocalStrong): void {
    this.#byAddress.set(address, strong)
  }

  /** The node is gone with all its sessions. */
  stop(address: string): void {
    this.#byAddress.delete(address)
    for (const wire of this.#wires.get(address) ?? [])
      wire.close(new MnemeshError('ERR_UNAVAILABLE', 'the node is gone'))
  }

  dial(address: string, _lane: string, client: WireEvents): Wire {
    const strong = this.#byAddress.get(address)
    if (strong === undefined) {
      this.#env.timers.soon(() => client.closed(new MnemeshError('ERR_UNAVAILABLE', 'nobody is there')))
      return { send: () => true, close() {} }
    }
    return this.#pair(address, strong, client)
  }

  #pair(address: string, strong: LocalStrong, client: WireEvents): Wire {
    let isOpen = true
    const later = (run: () => void) => this.#env.timers.soon(() => isOpen && run())
    const close = (error?: MnemeshError) => {
      if (!isOpen) return
      isOpen = false
      this.#wires.get(address)?.delete(wire)
      this.#env.timers.soon(() => {
        client.closed(error)
        server.closed()
      })
    }
    const wire: Wire = {
      send: frame => {
        later(() => server.frame(Buffer.from(frame)))
        return true
      },
      close,
    }
    const back: Wire = { ...wire, send: frame => later(() => client.frame(Buffer.from(frame))) === undefined }
    const server = serve(this.#env, strong, back)
    this.#wires.set(address, (this.#wires.get(address) ?? new Set()).add(wire))
    return wire
  }
}

function serve(env: Environment, strong: LocalStrong, wire: Wire): SessionServer {
  const embedded = new EmbeddedCoordination(env, { strong, maxValueBytes, explain: () => {} })
  const parts = {
    open: () => {
      throw new MnemeshError('ERR_TABLE_UNKNOWN', 'not in this test')
    },
    topology: () => ({ nodes: [], holders: {} }),
    onTopology: () => () => {},
    coordination: embedded,
    admission: new Admission(env),
  }
  return new SessionServer(env, parts, wire)
}

/** The face of a client to those addresses. */
export function clientOf(env: Environment, dialer: Dialer, ...endpoints: string[]): TypedCoordination {
  const nodes = new Nodes(env, dialer, { endpoints, discover: false })
  const locks = new ClientLocks(env, nodes)
  return new TypedCoordination(env, { transactions: new ClientTransactions(env, nodes, locks), locks })
}
