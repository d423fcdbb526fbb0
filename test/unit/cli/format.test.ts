import { describe, expect, it } from 'vitest'
import {
  ageText,
  columns,
  countText,
  durationText,
  leftText,
  plural,
  shareText,
  sizeText,
} from '../../../src/cli/format.ts'

describe('columns', () => {
  it('are as wide as their widest cell, numbers to the right, nothing behind the last', () => {
    const text = columns(
      ['NAME', '>ROWS', 'STATE'],
      [
        ['a', '1', 'up'],
        ['long name', '12,345', ''],
      ],
    )
    expect(text.split('\n')).toEqual([
      'NAME         ROWS  STATE', //
      'a               1  up',
      'long name  12,345',
    ])
  })

  it('are as wide with colours as without', () => {
    const rows = [[{ text: 'up', colour: 'green' as const }, 'x']]
    const painted = columns(['STATE', 'NEXT'], rows, (_, text) => `<${text}>`)
    expect(painted.split('\n')[1]).toBe('<up>     x')
  })
})

describe('numbers for people', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1024, '1.0 KB'],
    [10_240, '10 KB'],
    [41 * 1024 ** 2, '41 MB'],
    [3.25 * 1024 ** 3, '3.3 GB'],
  ])('%i bytes are %s', (bytes, text) => expect(sizeText(bytes)).toBe(text))

  it.each([
    [0, '0s', '0s'],
    [38_900, '38s', '38s'],
    [12 * 60_000 + 5000, '12m', '12m 5s'],
    [3_600_000 + 4 * 60_000, '1h 4m', '1h 4m'],
    [50 * 3_600_000, '2d 2h', '2d 2h'],
  ])('%i ms have lasted %s and will last %s', (ms, age, left) => {
    expect([ageText(ms), leftText(ms)]).toEqual([age, left])
  })

  it.each([
    [250, '250ms'],
    [1500, '1500ms'],
    [90_000, '90s'],
    [300_000, '5m'],
    [3_600_000, '1h'],
    [7 * 86_400_000, '7d'],
  ])('a lifetime of %i ms is %s', (ms, text) => expect(durationText(ms)).toBe(text))

  it('have separators, signs and plurals', () => {
    expect([countText(120_412), shareText(0.3384), plural(1, 'node'), plural(0, 'op')]).toEqual([
      '120,412',
      '33.8%',
      '1 node',
      '0 ops',
    ])
  })
})
