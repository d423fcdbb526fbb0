import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandsOf, withOutputs } from '../../../scripts/reliability/page.ts'

const root = join(import.meta.dirname, '../../..')
const page = [
  ...[
    '# Page',
    '```console',
    '$ npm run one -- --seeds 2',
    'old',
    '```',
    'text',
    '```ts',
    '$ npm run not',
    '```',
  ],
  ...['```console', '$ npm run two', '```', ''],
].join('\n')

describe('a page with what commands print', () => {
  it('has the commands of its console blocks', () => {
    expect(commandsOf(page)).toEqual(['npm run one -- --seeds 2', 'npm run two'])
  })

  it('gets what they print now, as it is, and keeps the rest', () => {
    const once = withOutputs(page, new Map([['npm run two', 'costs $& and $1\nlines']]))
    expect(once).toBe(page.replace('two\n', () => 'two\ncosts $& and $1\nlines\n'))
    expect(withOutputs(once, new Map([['npm run two', 'new']]))).toBe(page.replace('two\n', 'two\nnew\n'))
  })

  it('about reliability names scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const commands = commandsOf(readFileSync(join(root, 'docs/reliability.md'), 'utf8'))
    expect(commands.length).toBeGreaterThan(1)
    for (const command of commands) expect(scripts).toHaveProperty(command.split(' ')[2] ?? '')
  })
})
