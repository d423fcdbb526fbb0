import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

interface Report {
  readonly step: string
  readonly accounted: number
  readonly grown: number
}

async function reportsOf(program: string): Promise<Report[]> {
  const file = join(import.meta.dirname, '../support', program)
  const flags = ['--expose-gc', '--max-semi-space-size=1', '--import', 'tsx']
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, file], { timeout: 110_000 })
  return stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Report)
}

function expectRight({ step, accounted, grown }: Report): void {
  expect(accounted / grown, step).toBeGreaterThan(0.9)
  expect(accounted / grown, step).toBeLessThan(1.1)
}

describe('what is accounted', () => {
  it('for tables is right to 10 % of what the process has taken, whatever was written, deleted and cleared', async () => {
    const reports = await reportsOf('memory-process.ts')
    expect(reports).toHaveLength(8)
    for (const report of reports) {
      expect(report.grown, report.step).toBeGreaterThan(90_000_000)
      expectRight(report)
    }
  }, 120_000)

  it('for L1 is right to 10 % of what decoded values take of the heap, whatever their shape', async () => {
    const reports = await reportsOf('cache-process.ts')
    expect(reports).toHaveLength(11)
    for (const report of reports) expectRight(report)
  }, 120_000)
})
