import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { MnemeshError } from '../../client/index.ts'

const host = '127.0.0.1'

/** The first port from `first` on that is free for UDP and its successor for TCP, none of them among `taken`. */
export async function freePortPair(first: number, taken: ReadonlySet<number>): Promise<number> {
  for (let port = first; port < 65535; port += 2) {
    if (!taken.has(port) && (await isUdpFree(port)) && (await isTcpFree(port + 1))) return port
  }
  throw new MnemeshError('ERR_ADDRESS_IN_USE', `no two free ports from ${first} on`)
}

function isUdpFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  return new Promise(resolve => {
    socket.once('error', () => {
      socket.close()
      resolve(false)
    })
    socket.bind({ address: host, port, exclusive: true }, () => socket.close(() => resolve(true)))
  })
}

function isTcpFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise(resolve => {
    server.once('error', () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
