import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const file = join(import.meta.dirname, '../support/memory-process.ts')

interface Report {
  readonly step: string
  readonly accounted: number
  readonly grown: number
}

describe('what is accounted for tables', () => {
  it('is right to 10 % of what the process has taken, whatever was written, deleted and cleared', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--expose-gc', '--max-semi-space-size=1', '--import', 'tsx', file],
      {
        timeout: 110_000,
      },
    )
    const reports = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Report)
    expect(reports).toHaveLength(8)
    for (const { step, accounted, grown } of reports) {
      expect(grown, step).toBeGreaterThan(90_000_000)
      expect(accounted / grown, step).toBeGreaterThan(0.9)
      expect(accounted / grown, step).toBeLessThan(1.1)
    }
  }, 120_000)
})
