import { defineConfig } from 'vitest/config'

/** Needs a container engine: the image, crashes, and networks that are cut. */
export default defineConfig({
  test: {
    include: ['test/containers/**/*.test.ts'],
    // Its helper is a container with all rights over the engine; the suite clears up itself.
    env: { TESTCONTAINERS_RYUK_DISABLED: 'true' },
    testTimeout: 180_000,
    hookTimeout: 600_000,
    fileParallelism: false,
  },
})
