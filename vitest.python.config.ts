import { defineConfig } from 'vitest/config'

// A client in another language. Debian: python3-grpcio, python3-protobuf, protobuf-compiler.
export default defineConfig({
  test: {
    include: ['test/python/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
  },
})
