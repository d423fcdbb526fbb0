import { defineOptions } from '../../../src/core/schema.ts'
import type { SchemaChange } from '../../../src/replication/schema-change.ts'
import { Violation } from '../support/violation.ts'
import type { StrongCluster } from './strong-cluster.ts'
import type { StrongNode } from './strong-node.ts'

const stepMs = 15
const ordinary = defineOptions({})
const changed = { ...ordinary, ttlMs: 1000 }

type Tables = ReadonlyMap<string, { readonly definition: { readonly ttlMs: number | undefined } }>

/** What one survivor knew of the schema, by its log or because it was told. */
interface Known {
  readonly id: string
  readonly tables: Tables
  readonly dropped: ReadonlySet<string>
}

/**
 * Default tables that are made, changed and dropped while a quorum is lost, each once. A group that is formed anew knows
 * of them what any of its survivors knew (D-3).
 */
export class SideTables {
  readonly #cluster: StrongCluster
  readonly #seen = new Map<StrongNode, Set<string>>()
  #known: readonly Known[] = []

  constructor(cluster: StrongCluster) {
    this.#cluster = cluster
  }

  begin(survivors: readonly StrongNode[], forMs: number): void {
    for (const node of survivors) {
      const seen = new Set<string>()
      this.#seen.set(node, seen)
      node.catalog.onChange(() => {
        for (const name of node.catalog.tables().keys()) if (name.startsWith('side')) seen.add(name)
      })
    }
    for (let i = 0; i * stepMs < forMs; i++) this.#cluster.world.after(i * stepMs, () => this.#step(i))
  }

  /** Nobody else lives: this is all that is left of it. */
  keep(): void {
    this.#known = [...this.#seen].map(([{ id, catalog }, seen]) => {
      const tables: Tables = new Map(catalog.tables())
      return { id, tables, dropped: new Set([...seen].filter(name => !tables.has(name))) }
    })
  }

  judge({ state: { schema } }: StrongNode): void {
    const now: Tables = schema.tables()
    const isDropped = (name: string) =>
      schema.generationOf(name) > 0 || this.#known.some(({ dropped }) => dropped.has(name))
    for (const { id, tables, dropped } of this.#known) {
      for (const name of dropped)
        require(!now.has(name), `${id} knew that ${name} was dropped, and it is there`)
      for (const [name, { definition }] of tables) {
        if (!name.startsWith('side') || isDropped(name)) continue
        const table = now.get(name)
        require(table !== undefined, `${id} knew of ${name}, and it is gone`)
        require(definition.ttlMs === undefined ||
          table?.definition.ttlMs !== undefined, `${id} knew of another ${name}`)
      }
    }
  }

  #step(i: number): void {
    const nodes = this.#cluster.running
    const node = nodes[i % nodes.length]
    const changes: SchemaChange[] = [
      { kind: 'createTable', name: `side${i}`, definition: ordinary },
      { kind: 'changeTable', name: `side${i - 3}`, definition: changed },
      { kind: 'dropTable', name: `side${i - 6}` },
    ]
    for (const change of changes) node?.submit(change, 1000).catch(() => {})
  }
}

function require(holds: boolean, what: string): void {
  if (!holds) throw new Violation(what)
}
