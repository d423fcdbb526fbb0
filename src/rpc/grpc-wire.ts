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

class ClientWire implements Wire {
  readonly #stream: Frames
  readonly #events: WireEvents
  readonly #release: () => void
  #closed = false

  constructor(stream: Frames, events: WireEvents, release: () => void) {
    this.#stream = stream
    this.#events = events
    this.#release = release
    stream.on('data', (frame: Buffer) => {
      if (!this.#closed) events.frame(frame)
    })
    stream.on('drain', () => {
      if (!this.#closed) events.drained()
    })
    stream.on('error', (error: ServiceError) => this.#end(fromStatus(error)))
    stream.on('end', () => this.#end(new MnemeshError('ERR_UNAVAILABLE', 'the other side ended the stream')))
  }

  send(frame: Buffer): boolean {
    return this.#closed || this.#stream.write(frame)
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
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
  #events: WireEvents | undefined
  #closed = false

  constructor(stream: ServerDuplexStream<Buffer, Buffer>) {
    this.#stream = stream
  }

  listen(events: WireEvents): void {
    this.#events = events
    const stream = this.#stream
    stream.on('data', (frame: Buffer) => {
      if (!this.#closed) events.frame(frame)
    })
    stream.on('drain', () => {
      if (!this.#closed) events.drained()
    })
    stream.on('cancelled', () => this.#end(new MnemeshError('ERR_UNAVAILABLE', 'the other side is gone')))
    stream.on('error', error =>
      this.#end(new MnemeshError('ERR_UNAVAILABLE', error.message, { cause: error })),
    )
    stream.on('end', () => this.#end(undefined))
    if (this.#closed) queueMicrotask(() => events.closed(undefined))
  }

  send(frame: Buffer): boolean {
    return this.#closed || this.#stream.write(frame)
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
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
