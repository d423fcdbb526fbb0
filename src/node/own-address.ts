import { createSocket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import { parseSeed } from '../membership/discovery.ts'
import { type Address, isLoopback } from './options.ts'

export interface Listening {
  readonly listen: Address
  readonly gossip: Address
  readonly seeds: readonly string[]
}

/**
 * The host at which others most likely reach a node that was not told: the one it listens on; if that is all of them,
 * the one that routes to a seed. A seed that does not resolve yet says nothing, another one may.
 */
export async function ownAddress({ listen, gossip, seeds }: Listening): Promise<string> {
  const bound = [listen.host, gossip.host].find(host => host !== '0.0.0.0' && host !== '::')
  if (bound !== undefined) return bound
  for (const { name, port } of seeds.map(seed => parseSeed(seed))) {
    const address = isLoopback(name) ? undefined : await addressTowards(name, port)
    if (address !== undefined) return address
  }
  return externalAddress() ?? '127.0.0.1'
}

// The local address from which packets there leave: asking costs no packet.
function addressTowards(host: string, port: number): Promise<string | undefined> {
  const socket = createSocket('udp4')
  return new Promise(resolve => {
    const end = (address: string | undefined) => {
      socket.close()
      resolve(address === '0.0.0.0' ? undefined : address)
    }
    socket.once('error', () => end(undefined))
    // A name that does not resolve is no 'error': this is called all the same, and nothing is connected.
    socket.connect(port, host, () => end(socket.address().address))
  })
}

function externalAddress(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap(list => list ?? [])
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address
}
