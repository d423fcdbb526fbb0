import { describe, expect, it } from 'vitest'
import { FrequencySketch } from '../../../src/storage/frequency.ts'
import { SeededRandom } from '../../simulation/support/world.ts'

describe('FrequencySketch', () => {
  it('never says less than it was, up to 15, and seldom more', () => {
    const sketch = new FrequencySketch(1000)
    const random = new SeededRandom(1)
    const keys = Array.from({ length: 1000 }, () => random.uint32())
    keys.forEach((key, i) => {
      for (let n = 0; n < i % 20; n++) sketch.add(key)
    })
    const wrong = keys.filter((key, i) => sketch.estimate(key) < Math.min(15, i % 20))
    const more = keys.filter((key, i) => sketch.estimate(key) > Math.min(15, i % 20))
    expect(wrong).toEqual([])
    expect(more.length).toBeLessThan(60)
  })

  it('forgets what was popular once', () => {
    const sketch = new FrequencySketch(256)
    const random = new SeededRandom(2)
    for (let i = 0; i < 15; i++) sketch.add(7)
    for (let i = 0; i < 40_000; i++) sketch.add(random.uint32())
    const fresh = new FrequencySketch(256)
    for (let i = 0; i < 40_000; i++) fresh.add(random.uint32())
    expect(sketch.estimate(7)).toBeLessThan(15)
  })
})
