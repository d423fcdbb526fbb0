import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyText, toJson, toKey, toValue, valueText } from '../../../src/cli/values.ts'
import { MnemeshError } from '../../../src/client/index.ts'

const codeOf = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    return MnemeshError.is(error) ? error.code : error
  }
  return 'nothing thrown'
}

describe('a key on the command line', () => {
  it.each([
    ['ada', 'text', 'ada'],
    ['42', 'text', '42'],
    ['["a"]', 'text', '["a"]'],
    ['42', 'number', 42],
    ['-1.5e3', 'number', -1500],
    ['true', 'boolean', true],
    ['"ada"', 'json', 'ada'],
    ['["tenant-1", 42]', 'json', ['tenant-1', 42]],
    ['[["a", true], 1]', 'json', [['a', true], 1]],
  ] as const)('%s as %s is %j', (word, type, key) => {
    expect(toKey(word, type)).toEqual(key)
  })

  it.each([
    ['ada', 'number'],
    ['"42"', 'number'],
    ['1', 'boolean'],
    ['ada', 'json'],
    ['null', 'json'],
    ['{"a":1}', 'json'],
    ['[]', 'json'],
    ['[1,null]', 'json'],
  ] as const)('%s is no key of type %s', (word, type) => {
    expect(codeOf(() => toKey(word, type))).toBe('ERR_INVALID_ARGUMENT')
  })

  it('is shown as it was written, tuples as JSON', () => {
    expect([keyText('ada'), keyText(42), keyText(true), keyText(['t', 1])]).toEqual([
      'ada',
      '42',
      'true',
      '["t",1]',
    ])
  })
})

describe('a value on the command line', () => {
  it.each([
    ['{"name":"Ada"}', { name: 'Ada' }],
    ['42', 42],
    ['null', null],
    ['"quoted"', 'quoted'],
    ['plain text', 'plain text'],
    ['{broken', '{broken'],
    ['', ''],
  ])('%j is %j', (word, value) => {
    expect(toValue(word)).toEqual(value)
  })

  it('is shown as text, base64 or JSON', () => {
    expect(valueText('hi')).toBe('hi')
    expect(valueText(new Uint8Array([1, 2, 255]))).toBe('AQL/')
    expect(valueText({ a: [1, 'x'] })).toBe('{"a":[1,"x"]}')
  })
})

describe('JSON output', () => {
  it('holds what JSON can hold unchanged', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(toJson(value)).toBe(JSON.stringify(value))
      }),
    )
  })

  it('has base64 for bytes, at any depth, and words for numbers that JSON lacks', () => {
    const value = {
      bytes: Buffer.from('ab'),
      list: [new Uint8Array([0])],
      nan: Number.NaN,
      absent: undefined,
    }
    expect(JSON.parse(toJson(value))).toEqual({ bytes: 'YWI=', list: ['AA=='], nan: 'NaN' })
  })
})
