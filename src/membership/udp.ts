import { createSocket, type Socket } from 'node:dgram'
import { MnemeshError } from '../core/errors.ts'

export interface BindAddress {
  /** The local IPv4 address to listen on, `0.0.0.0` for all. */
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
}

/** Takes a datagram and the `ip:port` it came from; the bytes are its own. */
export type Receive = (datagram: Buffer, source: string) => void

/** A bound UDP socket. Tests put their faults in between. */
export interface Udp {
  /** The port that it really has. */
  readonly port: number
  /** Sends to `ip:port`. Whether it arrives is not known; `failed` is called when it could not even be sent. */
  send(datagram: Uint8Array, host: string, failed: () => void): void
  receive(receive: Receive): void
  close(): Promise<void>
}

/** Opens a socket on that address. Rejects with ERR_ADDRESS_IN_USE, or ERR_INVALID_OPTION for no address of ours. */
export async function openUdp(bind: BindAddress): Promise<Udp> {
  const socket = createSocket('udp4')
  try {
    await bound(socket, bind)
  } catch (cause) {
    socket.close()
    throw bindError(bind, cause)
  }
  return new UdpSocket(socket)
}

class UdpSocket implements Udp {
  readonly port: number
  readonly #socket: Socket
  #closing: Promise<void> | undefined
  #receive: Receive = () => {}

  constructor(socket: Socket) {
    this.#socket = socket
    this.port = socket.address().port
    socket.on('message', (datagram, { address, port }) => this.#receive(datagram, `${address}:${port}`))
    // A datagram that could not be delivered may come back as an error, and an error without a listener ends the
    // process. Who is away shows in the missing answers.
    socket.on('error', () => {})
  }

  send(datagram: Uint8Array, host: string, failed: () => void): void {
    if (this.#closing !== undefined) return
    const colon = host.lastIndexOf(':')
    this.#socket.send(datagram, Number(host.slice(colon + 1)), host.slice(0, colon), error => {
      if (error !== null) failed()
    })
  }

  receive(receive: Receive): void {
    this.#receive = receive
  }

  close(): Promise<void> {
    this.#closing ??= new Promise(resolve => {
      this.#receive = () => {}
      this.#socket.close(resolve)
    })
    return this.#closing
  }
}

function bound(socket: Socket, { host, port }: BindAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    // Exclusive: in a cluster worker the socket would otherwise be shared, and the datagrams spread over all workers.
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off('error', reject)
      resolve()
    })
  })
}

function bindError({ host, port }: BindAddress, cause: unknown): MnemeshError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
  if (code === 'EADDRINUSE') {
    const message = `gossip cannot listen on UDP ${host}:${port}: the port is in use; stop the other process or choose another port (0 for any free one)`
    return new MnemeshError('ERR_ADDRESS_IN_USE', message, { cause })
  }
  const message = `gossip cannot listen on UDP ${host}:${port} (${code}); choose an IPv4 address of this host, or 0.0.0.0 for all`
  return new MnemeshError('ERR_INVALID_OPTION', message, { cause })
}
