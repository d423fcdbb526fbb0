import { createNode, type NodeOptions } from '../../src/index.ts'
import { all } from './iterate.ts'

/** What the parent asks of the node in this process; the answer bears the same number. */
export type Command =
  | {
      readonly id: number
      readonly kind: 'write'
      readonly from: number
      readonly count: number
      readonly ack: 'local' | 'one'
    }
  | { readonly id: number; readonly kind: 'keys' | 'status' | 'stop' }

const options = JSON.parse(process.argv[2] ?? '{}') as NodeOptions
const node = await createNode({ ...options, handleSignals: true })
const table = await node.table<string, number>('t')

process.on('message', (command: Command) => {
  run(command).then(
    answer => process.send?.({ id: command.id, answer }),
    error => process.send?.({ id: command.id, error: String(error.code ?? error) }),
  )
})
process.send?.({ ready: { ...node.ports, name: node.self.name } })

async function run(command: Command): Promise<unknown> {
  if (command.kind === 'keys') return (await all(table.keys())).sort()
  if (command.kind === 'status') return node.admin.status()
  if (command.kind === 'write') {
    for (let i = command.from; i < command.from + command.count; i++) {
      await table.set(`k${i}`, i, { ack: command.ack })
      process.send?.({ written: i })
    }
    return command.count
  }
  // The IPC channel is the last thing that keeps this process alive: without it, it must end by itself.
  await node.close()
  setImmediate(() => process.disconnect())
  return 'closed'
}
