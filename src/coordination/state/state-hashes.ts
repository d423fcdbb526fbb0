import { Chain, type Fingerprint } from './fingerprint.ts'
import type { StrongTable } from './strong-table.ts'

const kept = 8

/** Every so many entries a member remembers a hash of its state, to be compared with the leader's (I3). */
export const hashEvery = 1024

/** The last few hashes of the state. */
export class StateHashes {
  readonly #byIndex = new Map<number, string>()

  /** The latest, which the leader has the others compare. */
  latest: { readonly index: number; readonly hash: string } | undefined

  remember(index: number, hash: string): void {
    this.latest = { index, hash }
    this.#byIndex.set(index, hash)
    const oldest = this.#byIndex.keys().next().value
    if (this.#byIndex.size > kept && oldest !== undefined) this.#byIndex.delete(oldest)
  }

  at(index: number): string | undefined {
    return this.#byIndex.get(index)
  }

  clear(): void {
    this.#byIndex.clear()
    this.latest = undefined
  }
}

/** 16 digits over what a state is made of. */
export function hashState(parts: {
  readonly numbers: readonly number[]
  readonly texts: readonly string[]
  readonly fingerprints: readonly Fingerprint[]
  readonly tables: readonly StrongTable[]
}): string {
  const chain = new Chain()
  for (const number of parts.numbers) chain.add(number)
  for (const text of parts.texts) chain.addText(text)
  for (const fingerprint of parts.fingerprints) addFingerprint(chain, fingerprint)
  for (const { entry, mod, size, bytes, fingerprint } of parts.tables) {
    chain.addText(entry.id)
    for (const number of [mod, size, bytes]) chain.add(number)
    addFingerprint(chain, fingerprint)
  }
  return chain.text
}

function addFingerprint(chain: Chain, { low, high }: Fingerprint): void {
  chain.add(low >>> 0)
  chain.add(high >>> 0)
}
