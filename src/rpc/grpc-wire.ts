import {
  type ChannelCredentials,
  type ClientDuplexStream,
  credentials,
  type ServerDuplexStream,
  type ServiceError,
} from '@grpc/grpc-js'
import { MnemeshError } from '../core/errors.ts'
import type { Dialer, Wire, WireEvents } from '../wire/wire.ts'
import { streamOptions } from './channels.ts'
import { protos } from './protos.ts'
import { fromStatus, toStatus } from './status.ts'

// The services of frames: serializers are replaced (protos.ts), so what travels is a Buffer whatever the types say.
type Frames = ClientDuplexStream<Buffer, Buffer>

/** Dials other nodes, or as a client the nodes of a cluster. */
export function grpcDialer(
  service: 'peer' | 'session',
  channel: ChannelCredentials = credentials.createInsecure(),
): Dialer {
  return {
    dial(address, _lane, events) {
      const { PeerService, CacheService } = protos()
      if (service === 'peer') {
        const client = new PeerService(address, channel, streamOptions)
        return new ClientWire(client.Link() as unknown as Frames, events, () => client.close())
      }
      const client = new CacheService(address, channel, streamOptions)
      return new ClientWire(client.Session() as unknown as Frames, events, () => client.close())
    },
  }
}

/** A wire takes no more while so much waits in this process for the socket. */
const fullBytes = 512 * 1024

/**
 * What was written to a stream and has not gone to the socket. Counted in bytes: the stream itself counts messages, and
 * its 16 may be of 4 MiB each, behind which an acknowledgement would wait.
 */
class Backlog {
  readonly #stream: Pick<Frames, 'write'>
  readonly #drained: () => void
  #bytes = 0
  #isFull = false

  constructor(stream: Pick<Frames, 'write'>, drained: () => void) {
    this.#stream = stream
    this.#drained = drained
  }

  /** False while the backlog is full; `drained` is called when half of it has gone. */
  write(frame: Buffer): boolean {
    const { length } = frame
    this.#bytes += length
    this.#isFull ||= this.#bytes >= fullBytes
    this.#stream.write(frame, () => this.#gone(length))
    return !this.#isFull
  }

  #gone(bytes: number): void {
    this.#bytes -= bytes
    if (!this.#isFull || this.#bytes > fullBytes / 2) return
    this.#isFull = false
    this.#drained()
  }
}

class ClientWire implements Wire {
  readonly #stream: Frames
  readonly #events: WireEvents
  readonly #release: () => void
  readonly #backlog: Backlog
  #closed = false

  constructor(stream: Frames, events: WireEvents, release: () => void) {
    this.#stream = stream
    this.#events = events
    this.#release = release
    this.#backlog = new Backlog(stream, () => {
      if (!this.#closed) events.drained()
    })
    stream.on('data', (frame: Buffer) => {
      if (!this.#closed) events.frame(frame)
    })
    stream.on('error', (error: ServiceError) => this.#end(fromStatus(error)))
    stream.on('end', () => this.#end(new MnemeshError('ERR_UNAVAILABLE', 'the other side ended the stream')))
  }

  send(frame: Buffer): boolean {
    return this.#closed || this.#backlog.write(frame)
  }

  close(error?: MnemeshError): void {
    this.#end(error)
  }

  #end(error: MnemeshError | undefined): void {
    if (this.#closed) return
    this.#closed = true
    // What was written leaves before the stream ends; a peer that does not answer gets no more time than that.
    this.#stream.end()
    setTimeout(() => {
      this.#stream.cancel()
      this.#release()
    }, 50).unref()
    queueMicrotask(() => this.#events.closed(error))
  }
}

/** The wire of a stream that another process opened; `accept` says who answers it. */
export function acceptStream(
  stream: ServerDuplexStream<Buffer, Buffer>,
  accept: (wire: Wire) => WireEvents,
): void {
  const wire = new ServerWire(stream)
  wire.listen(accept(wire))
}

class ServerWire implements Wire {
  readonly #stream: ServerDuplexStream<Buffer, Buffer>
  readonly #backlog: Backlog
  #events: WireEvents | undefined
  #closed = false

  constructor(stream: ServerDuplexStream<Buffer, Buffer>) {
    this.#stream = stream
    this.#backlog = new Backlog(stream, () => {
      if (!this.#closed) this.#events?.drained()
    })
  }

  listen(events: WireEvents): void {
    this.#events = events
    const stream = this.#stream
    stream.on('data', (frame: Buffer) => {
      if (!this.#closed) events.frame(frame)
    })
    stream.on('cancelled', () => this.#end(new MnemeshError('ERR_UNAVAILABLE', 'the other side is gone')))
    stream.on('error', error =>
      this.#end(new MnemeshError('ERR_UNAVAILABLE', error.message, { cause: error })),
    )
    stream.on('end', () => this.#end(undefined))
    if (this.#closed) queueMicrotask(() => events.closed(undefined))
  }

  send(frame: Buffer): boolean {
    return this.#closed || this.#backlog.write(frame)
  }

  close(error?: MnemeshError): void {
    this.#end(error)
  }

  #end(error: MnemeshError | undefined): void {
    if (this.#closed) return
    this.#closed = true
    if (error === undefined) this.#stream.end()
    else this.#stream.emit('error', toStatus(error))
    if (this.#events !== undefined) queueMicrotask(() => this.#events?.closed(error))
  }
}
