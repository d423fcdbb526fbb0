import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { RowDump } from '../../../src/coordination/state/row-dump.ts'
import { Dumps } from '../../../src/node/dumps.ts'
import { processEnvironment } from '../../../src/process/environment.ts'
import { Machine, majority, set } from '../coordination/state/machine.ts'

const folder = mkdtempSync(join(tmpdir(), 'mnemesh-dumps-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function rowDump(rows: number): RowDump {
  const machine = new Machine()
  machine.run({ kind: 'createTable', name: 'm', definition: majority() })
  for (let i = 0; i < rows; i++) machine.run(set(`k${i}`, i, { table: 'm' }))
  const { group, tables } = machine.state.legacy()
  return new RowDump(group, tables)
}

function kept(dumpDir: string | undefined) {
  const errors: { readonly fields: Record<string, unknown>; readonly message: string }[] = []
  const error = (fields: object, message: string) => void errors.push({ fields: { ...fields }, message })
  const nothing = () => {}
  const dumps = new Dumps(processEnvironment({ debug: nothing, info: nothing, warn: nothing, error }), {
    folder: dumpDir,
    node: 'a:1',
    written: dump => void errors.push({ fields: { dump: dump.name, rows: dump.rows }, message: '' }),
  })
  return { dumps, errors }
}

describe('what a merge drops', () => {
  it('is in memory, under the name that the log tells', () => {
    const { dumps, errors } = kept(undefined)
    dumps.keep(rowDump(3))
    expect(errors.map(({ fields }) => fields)).toMatchObject([{ dump: 'memory:1', rows: 3 }])
    const [dump] = dumps.kept
    expect(dump).toMatchObject({ name: 'memory:1', rows: 3 })
    expect([...dump.lines()]).toHaveLength(4)
  })

  it('is in a file of dumpDir, which is made, and then no more in memory', async () => {
    const { dumps, errors } = kept(join(folder, 'made'))
    dumps.keep(rowDump(3))
    await vi.waitFor(() => expect(errors).toHaveLength(1))
    const file = String(errors[0].fields.dump)
    expect(readdirSync(join(folder, 'made')).map(name => join(folder, 'made', name))).toEqual([file])
    const lines = readFileSync(file, 'utf8').trim().split('\n')
    expect(lines.map(line => JSON.parse(line).rows ?? JSON.parse(line).value)).toEqual(
      expect.arrayContaining([3, 0, 1, 2]),
    )
    expect(dumps.kept).toEqual([])
  })

  it('stays in memory when the file cannot be written', async () => {
    const { dumps, errors } = kept(join(folder, 'file'))
    writeFileSync(join(folder, 'file'), '')
    dumps.keep(rowDump(1))
    await vi.waitFor(() => expect(errors).toHaveLength(2))
    expect(errors[1].fields).toMatchObject({ dump: 'memory:1' })
    expect(dumps.kept).toHaveLength(1)
  })
})
