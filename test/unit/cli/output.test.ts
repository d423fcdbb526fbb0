import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { failureOf, failureText } from '../../../src/cli/failure.ts'
import { readableLine } from '../../../src/cli/log.ts'
import { createProgram } from '../../../src/cli/program.ts'
import { wideText } from '../../../src/cli/verbs/get.ts'
import { MnemeshError } from '../../../src/client/index.ts'

describe('a failure', () => {
  it.each([
    [new MnemeshError('ERR_TABLE_UNKNOWN', 'no table x'), 1],
    [new MnemeshError('ERR_TIMEOUT', 'late'), 1],
    [new MnemeshError('ERR_INVALID_OPTION', 'wrong'), 2],
    [new MnemeshError('ERR_INVALID_ARGUMENT', 'wrong'), 2],
    [new MnemeshError('ERR_UNAVAILABLE', 'away'), 3],
    [new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'\n(Did you mean --y?)"), 2],
    [new CommanderError(1, 'commander.help', '(outputHelp)'), 2],
    [new TypeError('a defect'), 1],
    ['thrown text', 1],
  ])('%s ends the process with %i', (error, exit) => {
    expect(failureOf(error)?.exit).toBe(exit)
  })

  it('is none when help or the version was asked for', () => {
    expect(failureOf(new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)'))).toBeUndefined()
  })

  it('is told in one line, or as JSON', () => {
    const failure = { code: 'ERR_TIMEOUT', message: 'late', exit: 1 } as const
    expect(failureText(failure, false)).toBe('error ERR_TIMEOUT: late')
    expect(JSON.parse(failureText(failure, true))).toEqual({
      error: { code: 'ERR_TIMEOUT', message: 'late' },
    })
    expect(failureText({ message: 'no entry', exit: 1 }, false)).toBe('no entry')
    const details = { retryAfterMs: 150 }
    const refused = failureOf(new MnemeshError('ERR_OVERLOADED', 'too much', { details })) as typeof failure
    expect(failureText(refused, false)).toBe('error ERR_OVERLOADED: too much (ask again in 150 ms)')
    expect(JSON.parse(failureText(refused, true)).error.retryAfterMs).toBe(150)
    const usage = failureOf(new CommanderError(1, 'x', "error: unknown option '--x'\n(Did you mean --y?)"))
    expect(usage?.message).toBe("unknown option '--x' (Did you mean --y?)")
  })
})

describe('a line of the log', () => {
  it('is short for people', () => {
    const line = {
      level: 'info',
      time: '2026-11-21T12:01:02.345Z',
      node: 'a b',
      peer: 'n1',
      msg: 'node started',
    }
    expect(readableLine(JSON.stringify(line))).toBe('12:01:02 info  node started node="a b" peer=n1')
  })

  it('shows errors by code and message', () => {
    const line = {
      level: 'warn',
      time: '2026-11-21T12:01:02.345Z',
      err: { code: 'ERR_X', message: 'm' },
      msg: 'lost',
    }
    expect(readableLine(JSON.stringify(line))).toBe('12:01:02 warn  lost err="ERR_X: m"')
  })

  it('is left as it is when it is no JSON', () => {
    expect(readableLine('plain\n')).toBe('plain')
  })
})

describe('get -o wide', () => {
  it('shows version, expiry and node', () => {
    const entry = {
      key: 'k',
      value: { a: 1 },
      version: 'v1',
      createdAt: 0,
      node: 'n1',
      bytes: 3,
      hit: 'remote' as const,
    }
    expect(wideText(entry, 0)).toBe('{"a":1}   version v1   no expiry   written on n1')
    expect(wideText({ ...entry, expiresAt: 599_500 }, 0)).toContain('expires in 9m 59s')
  })
})

describe('the command line', () => {
  it('has every verb once, each described, with --json and --endpoint on all of them', () => {
    const program = createProgram()
    const verbs = program.commands.map(command => command.name())
    expect(verbs).toEqual([
      ...[
        'dev',
        'start',
        'status',
        'get',
        'set',
        'delete',
        'touch',
        'increment',
        'scan',
        'table',
        'explain',
        'events',
        'heal',
      ],
      ...['lock', 'join', 'leave', 'recover', 'dumps', 'health', 'chaos', 'version'],
    ])
    const table = program.commands.find(command => command.name() === 'table')
    expect(table?.commands.map(command => command.name())).toEqual([
      ...['create', 'change', 'list', 'info', 'add-copy', 'move-copy', 'remove-copy', 'verify', 'drop'],
    ])
    for (const command of program.commands) expect(command.description()).not.toBe('')
    expect(program.options.map(({ long }) => long)).toEqual(
      expect.arrayContaining(['--json', '--endpoint', '--config', '--timeout']),
    )
  })
})

describe('wrong use', () => {
  it.each([
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['get', 'users'], /missing required argument 'key'/],
    [['status', '--bogus'], /unknown option '--bogus'/],
    [['set', 't', 'k', 'v', '--ttl', 'soon'], /--ttl must be/],
    [['set', 't', 'k', 'v', '--ack', 'two'], /Allowed choices are local, one, majority, all/],
    [['set', 't', 'k'], /no value given/],
    [['get', 't', 'x', '--key-type', 'number'], /a key of type number/],
    [['scan', 't', '--limit', '0'], /--limit must be a positive whole number/],
    [['status', '--endpoint', 'localhost'], /--endpoint must be host:port/],
    [['dev', '--nodes', '2', '--demo'], /--demo needs --nodes 3/],
    [['dev', '--nodes', '33'], /--nodes must be at most 32/],
  ])('%j is refused with 2', async (args, message) => {
    const error = await createProgram()
      .parseAsync(['node', 'mnemesh', ...args])
      .catch((error: unknown) => error)
    expect(failureOf(error)).toMatchObject({ exit: 2, message: expect.stringMatching(message) })
  })
})
