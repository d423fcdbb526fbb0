import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChaosCluster, type ChaosClusterOptions } from './chaos-cluster.ts'
import type { Verdict } from './checkers/history.ts'
import { chooseNetwork } from './network.ts'

export interface WithClusterOptions extends Pick<ChaosClusterOptions, 'each' | 'program'> {
  readonly nodes: number
  /** Takes lines for people who wait. */
  readonly progress: (line: string) => void
}

/** Starts a cluster, does the work with it and its folder, and leaves nothing of it running, however this process ends. */
export async function withCluster<T>(
  { nodes, progress, ...options }: WithClusterOptions,
  work: (cluster: ChaosCluster, folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'mnemesh-chaos-'))
  const network = await chooseNetwork(nodes)
  const cluster = new ChaosCluster({ ...options, count: nodes, network, folder })
  const kill = () => cluster.kill()
  process.once('exit', kill)
  try {
    progress(
      `starting ${nodes} nodes, ${network.cut === undefined ? 'on loopback' : 'in network namespaces'}`,
    )
    await cluster.start()
    return await work(cluster, folder)
  } finally {
    await cluster.stop()
    process.off('exit', kill)
  }
}

/** What nodes logged as an error: promises that they could not keep. */
export function errorLines({ nodes }: ChaosCluster, folder: string): string[] {
  return nodes.flatMap(({ name }) =>
    readFileSync(join(folder, `${name}.log`), 'utf8')
      .split('\n')
      .filter(line => (!line.startsWith('{') ? line !== '' : line.includes('"level":"error"')))
      .map(line => `${name}: ${line}`),
  )
}

/** A law that was judged by looking. */
export function law(checker: string, violations: readonly string[], judged: number): Verdict {
  return { checker, violations, judged, unjudged: 0 }
}
