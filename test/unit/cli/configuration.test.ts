import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { endpointsOf, environmentName, nodeOptionsOf, readSettings } from '../../../src/cli/configuration.ts'
import { MnemeshError } from '../../../src/client/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'mnemesh-cli-'))
let files = 0

afterAll(() => rmSync(folder, { recursive: true }))

const file = (content: unknown) => {
  const path = join(folder, `${++files}.json`)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const refusal = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    if (MnemeshError.is(error, 'ERR_INVALID_OPTION')) return error.message
    throw error
  }
  return 'was taken'
}

const secret = 'sixteen characters'

describe('settings', () => {
  it('come from the file, above it the environment, above it the flags', () => {
    const config = file({ name: 'f', cluster: 'f', zone: 'f', seeds: ['f:1'] })
    const environment = { MNEMESH_CLUSTER: 'e', MNEMESH_ZONE: 'e', MNEMESH_SEEDS: 'a:1, b:2' }
    expect(readSettings({ flags: { config, zone: 'flag' }, environment })).toEqual({
      name: 'f',
      cluster: 'e',
      zone: 'flag',
      seeds: ['a:1', 'b:2'],
    })
  })

  it('take the file that the environment names, and the flag before it', () => {
    const environment = { MNEMESH_CONFIG: file({ zone: 'e' }) }
    expect(readSettings({ flags: {}, environment })).toEqual({ zone: 'e' })
    expect(readSettings({ flags: { config: file({ zone: 'f' }) }, environment })).toEqual({ zone: 'f' })
  })

  it('are read from text as what they are', () => {
    const environment = {
      MNEMESH_INSECURE: 'true',
      MNEMESH_BOOTSTRAP_TIMEOUT: '500',
      MNEMESH_MAX_VALUE_BYTES: '64kb',
      MNEMESH_TOMBSTONE_GRACE: '10m',
      MNEMESH_EXPECT: '3',
      MNEMESH_LOG_LEVEL: 'debug',
      MNEMESH_ENDPOINT: '10.0.0.1:7947,[::1]:7947',
    }
    expect(readSettings({ flags: {}, environment })).toEqual({
      insecure: true,
      bootstrapTimeout: 500,
      maxValueBytes: '64kb',
      tombstoneGrace: '10m',
      expect: 3,
      logLevel: 'debug',
      endpoint: ['10.0.0.1:7947', '[::1]:7947'],
    })
  })

  it('count as not given when they are empty in the environment, and strangers there are passed over', () => {
    const environment = {
      MNEMESH_NAME: '',
      MNEMESH_PORT_7947_TCP: 'tcp://10.0.0.1:7947',
      MNEMESH_TABLES: '[]',
    }
    expect(readSettings({ flags: {}, environment })).toEqual({})
  })

  it('have their names in the environment', () => {
    expect([environmentName('name'), environmentName('secretFile')]).toEqual([
      'MNEMESH_NAME',
      'MNEMESH_SECRET_FILE',
    ])
  })

  it.each([
    ['an unknown key', { nmae: 'x' }, /unknown setting "nmae" in .*\.json; known are name, /],
    ['a list as name', { name: ['x'] }, /"name" in .* must be text/],
    ['an empty name', { name: '' }, /"name" in .* must be text/],
    ['a word as insecure', { insecure: 'maybe' }, /must be true or false/],
    ['a wrong log level', { logLevel: 'loud' }, /one of debug, info, warn, error, silent/],
    ['a wrong endpoint', { endpoint: 'localhost' }, /must be host:port/],
    ['tables by name', { tables: { users: {} } }, /must be a list of/],
    ['a table with options beside its name', { tables: [{ name: 'users', ttl: '1h' }] }, /got "ttl"/],
    ['a table without a name', { tables: [{ options: {} }] }, /must be text/],
    ['a list', [], /must hold a JSON object/],
    ['no JSON', '{', /is no JSON/],
    ['two secrets', { secret, secretFile: 'x' }, /are both given/],
  ])('are refused with %s in the file', (_, content, message) => {
    expect(refusal(() => readSettings({ flags: { config: file(content) }, environment: {} }))).toMatch(
      message,
    )
  })

  it('name the variable and the flag that are wrong', () => {
    expect(refusal(() => readSettings({ flags: {}, environment: { MNEMESH_TIMEOUT: 'soon' } }))).toMatch(
      /^MNEMESH_TIMEOUT must be a number of ms/,
    )
    expect(refusal(() => readSettings({ flags: { logLevel: 'x' }, environment: {} }))).toMatch(
      /^--log-level must/,
    )
  })

  it('are refused when the file cannot be read', () => {
    const config = join(folder, 'none.json')
    expect(refusal(() => readSettings({ flags: { config }, environment: {} }))).toMatch(
      /cannot be read: ENOENT/,
    )
  })
})

describe('the secret', () => {
  it('of a higher place takes the place of a file of a lower one, and the other way round', () => {
    const config = file({ secretFile: '/nowhere' })
    expect(readSettings({ flags: { config }, environment: { MNEMESH_SECRET: secret } })).toEqual({
      secret: [secret],
    })
    const given = readSettings({ flags: { secretFile: '/there' }, environment: { MNEMESH_SECRET: secret } })
    expect(given).toEqual({ secretFile: '/there' })
  })

  it('may have commas, and a list in the file is for rotation', () => {
    const environment = { MNEMESH_SECRET: 'with,commas,in,it' }
    expect(readSettings({ flags: {}, environment }).secret).toEqual(['with,commas,in,it'])
    const config = file({ secret: ['new secret of mine', 'old secret of mine'] })
    expect(readSettings({ flags: { config }, environment: {} }).secret).toHaveLength(2)
  })

  it('is read from its file, one a line', () => {
    const secretFile = file(`${secret}\n\nanother ${secret}\n`)
    expect(nodeOptionsOf({ secretFile, name: 'a' })).toEqual({
      name: 'a',
      secret: [secret, `another ${secret}`],
    })
    expect(refusal(() => nodeOptionsOf({ secretFile: file('\n') }))).toMatch(/is empty/)
  })
})

describe('the node that is asked', () => {
  it.each([
    [{}, '127.0.0.1:7947'],
    [{ endpoint: ['a:1', 'b:2'] }, 'a:1,b:2'],
    [{ listen: '0.0.0.0:9000' }, '127.0.0.1:9000'],
    [{ listen: '[::]:9000' }, '127.0.0.1:9000'],
    [{ listen: '10.0.0.7:9000' }, '10.0.0.7:9000'],
    [{ endpoint: ['a:1'], listen: '10.0.0.7:9000' }, 'a:1'],
  ])('by %j is %s', (settings, endpoints) => {
    expect(endpointsOf(settings).join()).toBe(endpoints)
  })

  it('is none of the options of a node', () => {
    expect(nodeOptionsOf({ name: 'a', endpoint: ['a:1'], timeout: 5, logLevel: 'warn' })).toEqual({
      name: 'a',
    })
  })
})
