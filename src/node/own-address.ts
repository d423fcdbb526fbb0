import { createSocket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import type { Cancel, Environment } from '../core/environment.ts'
import { parseSeed } from '../membership/discovery.ts'
import type { Member } from '../membership/view.ts'
import { type Address, isLoopback } from './options.ts'

const lookEveryMs = 1000

/** What can be reached elsewhere from one moment to the next. */
export interface Movable {
  readonly self: Member
  moveTo(ip: string): void
}

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
  return externalAddresses()[0] ?? '127.0.0.1'
}

/**
 * Has the node go on under another address when its host was given one: a laptop on another network, a container that
 * was disconnected from its network and comes back. Its own address does not change as long as the host has it.
 */
export function followAddress(env: Environment, listening: Listening, node: Movable): Cancel {
  let isLooking = false
  return env.timers.every(lookEveryMs, () => {
    const { gossip } = node.self
    const before = gossip.slice(0, gossip.lastIndexOf(':'))
    const here = externalAddresses()
    // Without any network there is nothing to be found, and names are long in not resolving.
    if (isLooking || isLoopback(before) || here.length === 0 || here.includes(before)) return
    isLooking = true
    void ownAddress(listening).then(now => {
      isLooking = false
      if (!here.includes(now)) return
      env.log.warn({ before, now }, 'address of this host has changed')
      node.moveTo(now)
    })
  })
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

function externalAddresses(): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap(list => list ?? [])
  return addresses
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
}
