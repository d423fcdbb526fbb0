import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { profiles } from '../../src/membership/timings.ts'
import { afterTraffic, eventually, namesIn, recordChanges, SwimCluster } from '../support/swim-cluster.ts'
import type { ProcessEvent, ProcessOrder } from '../support/swim-process.ts'

let cluster = new SwimCluster()
const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await cluster.close()
  cluster = new SwimCluster()
})

async function startProcess(name: string, profile: 'lan' | 'test', seed: string): Promise<ChildProcess> {
  const script = new URL('../support/swim-process.ts', import.meta.url)
  const child = fork(script, [name, profile, seed], { execArgv: ['--import', 'tsx'] })
  children.push(child)
  await new Promise<void>((resolve, reject) => {
    child.on('message', (event: ProcessEvent) => {
      if ('started' in event) resolve()
    })
    child.on('exit', code => reject(new Error(`the node ended with code ${code}`)))
  })
  return child
}

const order = (child: ChildProcess, what: ProcessOrder) => child.send(what)

/** The process does nothing else for so long; resolves, when it is over, with whom it has called lost so far. */
function stall(child: ChildProcess, stallMs: number): Promise<readonly string[]> {
  const stalled = new Promise<readonly string[]>(resolve => {
    const heard = (event: ProcessEvent) => {
      if (!('lost' in event)) return
      child.off('message', heard)
      resolve(event.lost)
    }
    child.on('message', heard)
  })
  order(child, { stallMs })
  return stalled
}

describe('a process', () => {
  it('that stalls for 700 ms is not lost with the timings of a data centre', async () => {
    const nodes = await cluster.startMany(2, { timings: profiles.lan })
    const child = await startProcess('n3', 'lan', nodes[0].self.gossip)
    await eventually(() => expect(nodes.map(({ view }) => namesIn(view))).toEqual([allNames, allNames]))
    const { downs } = recordChanges(nodes)
    await stall(child, 700)
    // Longer than a suspicion of it would last.
    await afterTraffic(nodes, 30)
    expect(downs).toEqual([])
  })

  it('that is busy for 2 to 3 s again and again calls nobody lost', { timeout: 60_000 }, async () => {
    const nodes = await cluster.startMany(2, { timings: profiles.lan })
    const child = await startProcess('n3', 'lan', nodes[0].self.gossip)
    await eventually(() => expect(nodes.map(({ view }) => namesIn(view))).toEqual([allNames, allNames]))
    for (const ms of [2000, 2400, 2800, 3000, 2200, 2600]) expect(await stall(child, ms)).toEqual([])
    // It is a member again by itself, and has not called anybody lost since either.
    await eventually(() => expect(nodes.map(({ view }) => namesIn(view))).toEqual([allNames, allNames]))
    await afterTraffic(nodes, 30)
    expect(await stall(child, 0)).toEqual([])
  })

  it('ends by itself once its node has left', async () => {
    const seed = await cluster.start('n1')
    const child = await startProcess('n2', 'test', seed.self.gossip)
    const exited = once(child, 'exit')
    order(child, 'leave')
    expect(await exited).toEqual([0, null])
    await eventually(() => expect(namesIn(seed.view)).toEqual(['n1']))
  })

  it('that is killed is seen to be gone', async () => {
    const seed = await cluster.start('n1')
    const child = await startProcess('n2', 'test', seed.self.gossip)
    await eventually(() => expect(namesIn(seed.view)).toEqual(['n1', 'n2']))
    child.kill('SIGKILL')
    await eventually(() => expect(namesIn(seed.view)).toEqual(['n1']))
  })

  it('that is stopped is seen to be gone, and comes back when it goes on', async () => {
    const seed = await cluster.start('n1')
    const child = await startProcess('n2', 'test', seed.self.gossip)
    await eventually(() => expect(namesIn(seed.view)).toEqual(['n1', 'n2']))
    child.kill('SIGSTOP')
    await eventually(() => expect(namesIn(seed.view)).toEqual(['n1']))
    child.kill('SIGCONT')
    await eventually(() => expect(namesIn(seed.view)).toEqual(['n1', 'n2']))
  })
})

const allNames = ['n1', 'n2', 'n3']
