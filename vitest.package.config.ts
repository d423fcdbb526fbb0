import { defineConfig } from 'vitest/config'

// What users install: packed, installed and run as they would. Needs a registry.
export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    globalSetup: ['test/package/support/pack.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks',
    // One npm at a time: two of them on two cores only wait for each other.
    fileParallelism: false,
  },
})
