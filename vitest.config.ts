import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// Short files with long runs: begun last, as by their size, they would leave one core with nothing to do.
const seeds = /simulation\/(strong\/)?cluster/

class SeedsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => seeds.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter(file => !isLong(file))]
  }
}

export default defineConfig({
  test: {
    include: ['test/{unit,contract,simulation,integration}/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'forks',
    // Half of the tests wait for processes: with one worker more than two cores both are at work.
    maxWorkers: Math.max(3, availableParallelism()),
    sequence: { sequencer: SeedsFirst },
    globalSetup: ['test/support/compile.ts'],
  },
})
