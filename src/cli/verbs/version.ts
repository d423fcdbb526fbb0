import type { Command } from 'commander'
import { packageVersion } from '../../node/version.ts'
import { runVerb } from '../shell.ts'

export function addVersion(program: Command): void {
  program
    .command('version')
    .description('versions of this program and of Node')
    .action((_, command: Command) =>
      runVerb(command, ({ out }) => {
        const node = process.versions.node
        out.say(`mnemesh ${packageVersion}, Node ${node}`, { version: packageVersion, node })
        return 0
      }),
    )
}
