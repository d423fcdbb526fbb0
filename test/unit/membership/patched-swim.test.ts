import { describe, expect, it } from 'vitest'
import { LocalHealth } from '../../../src/membership/local-health.ts'
import { PatchedSwim } from '../../../src/membership/patched-swim.ts'
import { systemTime } from '../../../src/membership/time.ts'
import { profiles } from '../../../src/membership/timings.ts'
import { systemRandom } from '../../support/swim-random.ts'

const meta = { n: 'a', i: 10, a: '127.0.0.1:7947', z: '', v: '' }

function patched() {
  const sent: { readonly payload: Buffer; readonly host: string }[] = []
  const send = (payload: Buffer, host: string) => sent.push({ payload, host })
  const health = new LocalHealth({ beatMs: 100, lateMs: 200, graceMs: 400 }, 0)
  const parts = { send, random: systemRandom, time: systemTime, health, suspect: () => {} }
  const options = { timings: profiles.lan, maxPayloadBytes: 1300 }
  return { patched: new PatchedSwim({ host: '127.0.0.1:1', meta }, parts, options), sent }
}

describe('the library', () => {
  it('keeps no socket of its own', () => {
    const { net } = patched().patched.swim
    // Node refuses to close a socket twice.
    expect(() => net.udpSocket.close()).toThrow('Not running')
  })

  it('has no socket after it was stopped either', () => {
    const { swim } = patched().patched
    const { udpSocket } = swim.net
    swim.leave()
    expect(swim.net.udpSocket).toBe(udpSocket)
  })

  it('sends by us, whatever the host', () => {
    const { patched: library, sent } = patched()
    library.swim.net.sendBuffer(Buffer.from('x'), 'no host at all')
    expect(sent).toEqual([{ payload: Buffer.from('x'), host: 'no host at all' }])
  })
})
