import { lookup as lookUpHost } from 'node:dns/promises'
import { isIPv4 } from 'node:net'
import { show } from '../core/duration.ts'
import type { Log } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'

/** All IPv4 addresses of a host name; rejects when there are none. */
export type Lookup = (name: string) => Promise<readonly string[]>

export interface SeedsOptions {
  /** A name that resolved is not looked up again before so long; one that did not, at every refresh. */
  readonly refreshMs: number
  readonly lookup?: Lookup
  /** How many nodes the seeds stand for at least, whatever names resolve to. */
  readonly expect?: number | undefined
}

/** Where a seed is found: an address, a host with one, or a name that stands for as many nodes as it has addresses. */
export interface Seed {
  readonly kind: 'address' | 'host' | 'dns'
  readonly name: string
  readonly port: number
}

/** Reads `host:port` or `dns:name:port`. Throws ERR_INVALID_OPTION naming the seed. */
export function parseSeed(text: string): Seed {
  const match = /^(dns:)?([a-z0-9][a-z0-9._-]{0,252}):(\d{1,5})$/i.exec(String(text))
  const [, dns, name = '', digits] = match ?? []
  const port = Number(digits)
  const isNumeric = /^[\d.]+$/.test(name)
  if (!(port >= 1 && port <= 65535) || (isNumeric && !isIPv4(name))) throw invalidSeed(text)
  return { kind: isNumeric ? 'address' : dns === undefined ? 'host' : 'dns', name, port }
}

/** IPv4 addresses by the resolver of the system, so that /etc/hosts and search domains count. */
export const systemLookup: Lookup = async name => {
  const found = await lookUpHost(name, { all: true, family: 4 })
  return found.map(({ address }) => address)
}

interface Place {
  readonly text: string
  readonly seed: Seed
  hosts: readonly string[]
  /** On the monotonic clock; undefined before the first success. */
  resolvedAt: number | undefined
  isLookingUp: boolean
  isFailing: boolean
}

/** The seeds given so far and the addresses they have. A name that does not resolve is tried again, never fatal. */
export class Seeds {
  readonly #log: Log
  readonly #lookup: Lookup
  readonly #refreshMs: number
  readonly #places = new Map<string, Place>()
  #expected: number

  constructor(log: Log, options: SeedsOptions) {
    this.#log = log
    this.#lookup = options.lookup ?? systemLookup
    this.#refreshMs = options.refreshMs
    this.#expected = options.expect ?? 0
  }

  /** `ip:port` of each, as far as they are resolved. */
  get hosts(): readonly string[] {
    return [...new Set([...this.#places.values()].flatMap(place => place.hosts))]
  }

  /** How many seeds have never been resolved. */
  get unresolved(): number {
    return [...this.#places.values()].filter(place => place.resolvedAt === undefined).length
  }

  /**
   * How many nodes the seeds stand for: as many as is said, or as were ever found at once. A name may be known for some of
   * its nodes only while they start.
   */
  get expected(): number {
    return this.#expected
  }

  /** True when every seed has been resolved at least once. */
  get areResolved(): boolean {
    return this.unresolved === 0
  }

  /** Adds seeds; those that are known already change nothing. Throws ERR_INVALID_OPTION, and then adds none. */
  add(texts: readonly string[]): void {
    const seeds = texts.map(text => [text, parseSeed(text)] as const)
    for (const [text, seed] of seeds) {
      if (this.#places.has(text)) continue
      const isAddress = seed.kind === 'address'
      this.#places.set(text, {
        text,
        seed,
        hosts: isAddress ? [`${seed.name}:${seed.port}`] : [],
        resolvedAt: isAddress ? 0 : undefined,
        isLookingUp: false,
        isFailing: false,
      })
    }
  }

  /** Looks up the names that are due. Resolves when each has answered or failed; never rejects. */
  async refresh(): Promise<void> {
    await Promise.all(
      [...this.#places.values()].filter(place => this.#isDue(place)).map(place => this.#resolve(place)),
    )
  }

  #isDue({ seed, isLookingUp, isFailing, resolvedAt }: Place): boolean {
    // One at a time for each name: getaddrinfo holds one of four threads of the process, for long when DNS is down.
    if (seed.kind === 'address' || isLookingUp) return false
    return isFailing || resolvedAt === undefined || performance.now() - resolvedAt >= this.#refreshMs
  }

  async #resolve(place: Place): Promise<void> {
    const { name, port, kind } = place.seed
    place.isLookingUp = true
    try {
      const addresses = await this.#lookup(name)
      if (addresses.length === 0) throw new Error(`${name} has no IPv4 address`)
      place.hosts = (kind === 'dns' ? addresses : addresses.slice(0, 1)).map(address => `${address}:${port}`)
      place.resolvedAt = performance.now()
      place.isFailing = false
      this.#expected = Math.max(this.#expected, this.hosts.length)
    } catch (err) {
      // What it resolved to before is kept: a DNS server that is away says nothing about the nodes.
      if (!place.isFailing) this.#log.warn({ seed: place.text, err }, 'seed did not resolve')
      place.isFailing = true
    } finally {
      place.isLookingUp = false
    }
  }
}

function invalidSeed(text: unknown): MnemeshError {
  return new MnemeshError(
    'ERR_INVALID_OPTION',
    `a seed is 'host:port' or 'dns:name:port' with a host name or an IPv4 address and a port of 1 to 65535, got ${show(text)}`,
  )
}
