import { createKeyring } from '../../src/membership/keyring.ts'
import { startSwim } from '../../src/membership/swim.ts'
import { profiles } from '../../src/membership/timings.ts'
import { createIncarnation } from '../../src/membership/view.ts'
import { systemRandom, testSecret } from './swim-random.ts'

/** What the test asks of a node in a process of its own. */
export type ProcessOrder = { readonly stallMs: number } | 'leave'

/** What the node tells the test: that it is a member; that it has stalled, and whom it has called lost so far. */
export type ProcessEvent = { readonly started: string } | { readonly lost: readonly string[] }

// Run by test/integration/membership-process.test.ts: `swim-process.ts <name> <profile> <seed>`.
const [, , name, profile, seed] = process.argv
const node = await startSwim({
  cluster: 'test',
  name,
  incarnation: createIncarnation(Date.now(), systemRandom.uint32()),
  version: '1.2.3',
  zone: '',
  address: '127.0.0.1:7947',
  bind: { host: '127.0.0.1', port: 0 },
  advertiseHost: '127.0.0.1',
  sealer: createKeyring([testSecret]),
  seeds: [seed],
  timings: profile === 'lan' ? profiles.lan : profiles.test,
  random: systemRandom,
  log: console,
})
const lost: string[] = []
node.onChange((view, previous) => {
  for (const { name: other } of previous.members) if (view.get(other) === undefined) lost.push(other)
})
const tell = (event: ProcessEvent) => process.send?.(event)
process.on('message', (order: ProcessOrder) => {
  if (order === 'leave') {
    // From here on only what the node leaves behind keeps the process alive.
    process.disconnect()
    void node.leave()
    return
  }
  const until = performance.now() + order.stallMs
  while (performance.now() < until);
  tell({ lost })
})
await node.joined(20_000)
tell({ started: node.self.gossip })
