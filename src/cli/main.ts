#!/usr/bin/env node
// gRPC writes what went wrong to stderr on its own, and our errors say it again. It reads this when it is loaded, so
// everything else is loaded after it.
process.env.GRPC_NODE_VERBOSITY ??= 'NONE'

// Whoever reads our output may have seen enough: `mnemesh scan users | head`.
process.stdout.on('error', error => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0)
  throw error
})

void import('./program.ts').then(({ runProgram }) => runProgram(process.argv))
