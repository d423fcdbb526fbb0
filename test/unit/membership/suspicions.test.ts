import { describe, expect, it } from 'vitest'
import { Suspicions } from '../../../src/membership/suspicions.ts'

/** Suspicions of 2 s with a beat every 100 ms. */
function suspicionsOf() {
  const lost: string[] = []
  let now = 0
  const suspicions = new Suspicions((host, incarnation) => lost.push(`${host}@${incarnation}`), 2000, now)
  const begin = (host: string, incarnation: number) => suspicions.begin(host, incarnation, now)
  const pass = (ms: number, { heard = true, mayAccuse = true } = {}) => {
    for (const end = now + ms; now < end; ) {
      now += 100
      suspicions.beat(now, heard, mayAccuse)
    }
  }
  /** Nothing ran for so long, and then the beat that was due. */
  const pause = (ms: number) => {
    now += ms
    suspicions.beat(now, false, false)
  }
  return { suspicions, lost, begin, pass, pause }
}

describe('a suspicion', () => {
  it('runs out in its time, however often it is renewed', () => {
    const { lost, begin, pass } = suspicionsOf()
    expect(begin('a', 1)).toBe(true)
    for (let ms = 0; ms < 1900; ms += 100) {
      pass(100)
      expect(begin('a', 1)).toBe(false)
    }
    expect(lost).toEqual([])
    pass(100)
    expect(lost).toEqual(['a@1'])
  })

  it('begins anew for a newer incarnation, and not for an older one', () => {
    const { lost, begin, pass } = suspicionsOf()
    begin('a', 5)
    pass(1500)
    expect(begin('a', 4)).toBe(false)
    expect(begin('a', 6)).toBe(true)
    pass(1500)
    expect(lost).toEqual([])
    pass(500)
    expect(lost).toEqual(['a@6'])
  })

  it('of one does not touch that of another, and can be had again', () => {
    const { lost, begin, pass } = suspicionsOf()
    begin('a', 1)
    pass(1000)
    begin('b', 1)
    pass(1000)
    expect(lost).toEqual(['a@1'])
    expect(begin('a', 1)).toBe(true)
    pass(2000)
    expect(lost).toEqual(['a@1', 'b@1', 'a@1'])
  })

  it('does not run while this process hears nothing, however often it is held up', () => {
    const { lost, begin, pass, pause } = suspicionsOf()
    begin('a', 1)
    for (let i = 0; i < 5; i++) {
      pause(2500)
      pass(300)
    }
    expect(lost).toEqual([])
    pass(500)
    expect(lost).toEqual(['a@1'])
  })

  it('waits with its end until this process may accuse', () => {
    const { lost, begin, pass } = suspicionsOf()
    begin('a', 1)
    pass(3000, { mayAccuse: false })
    expect(lost).toEqual([])
    pass(100)
    expect(lost).toEqual(['a@1'])
  })

  it('runs out after nine times its time in a process that is always late', () => {
    const { lost, begin, pause } = suspicionsOf()
    begin('a', 1)
    for (let ms = 0; ms < 17_500; ms += 500) pause(500)
    expect(lost).toEqual([])
    pause(500)
    expect(lost).toEqual(['a@1'])
  })

  it('ends with the node', () => {
    const { suspicions, lost, begin, pass } = suspicionsOf()
    begin('a', 1)
    begin('b', 1)
    suspicions.clear()
    pass(5000)
    expect(lost).toEqual([])
  })
})
