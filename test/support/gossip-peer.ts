import { createSocket, type Socket } from 'node:dgram'
import { clusterTag } from '../../src/membership/gossip-socket.ts'
import type { Sealer } from '../../src/membership/keyring.ts'
import { messageType, readMessages, writeMessage } from '../../src/membership/messages.ts'
import { eventually } from './swim-cluster.ts'

/** Something with a UDP socket that speaks to a node, in the cluster's seal or without one, whatever it pleases. */
export class GossipPeer {
  readonly host: string
  readonly #socket: Socket
  readonly #target: string
  readonly #sealer: Sealer
  #answers = 0

  constructor(socket: Socket, target: string, sealer: Sealer) {
    this.#socket = socket
    this.#target = target
    this.#sealer = sealer
    this.host = `127.0.0.1:${socket.address().port}`
    socket.on('message', datagram => {
      const plain = sealer.open(datagram)
      if (plain === undefined) return
      const messages = readMessages(plain.subarray(9 + plain[8]), Number.MAX_SAFE_INTEGER)
      if (messages.some(message => message?.type === 'is')) this.#answers++
    })
  }

  /** As it is. */
  sendRaw(datagram: Uint8Array): void {
    const [address, port] = this.#target.split(':')
    this.#socket.send(datagram, Number(port), address)
  }

  /** As a member would. */
  send(payload: Uint8Array, from = this.host): void {
    this.sendRaw(this.seal(payload, from))
  }

  seal(payload: Uint8Array, from = this.host): Buffer {
    const header = Buffer.from(`${String.fromCharCode(from.length)}${from}`, 'latin1')
    return this.#sealer.seal(Buffer.concat([clusterTag('test'), header, payload]))
  }

  /** Resolves when the node has worked through all that was sent before: it answers a question. */
  async settled(): Promise<void> {
    const before = this.#answers
    await eventually(() => {
      if (this.#answers > before) return
      this.send(writeMessage(messageType.who, { name: 'anybody', at: this.#target }))
      throw new Error('no answer yet')
    })
  }

  close(): void {
    this.#socket.close()
  }
}

export async function openPeer(target: string, sealer: Sealer): Promise<GossipPeer> {
  const socket = createSocket('udp4')
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
  return new GossipPeer(socket, target, sealer)
}
