import { describe, expect, it } from 'vitest'
import { BytesReader, BytesWriter } from '../../../src/core/bytes.ts'
import { noEpoch } from '../../../src/core/epoch.ts'
import { MnemeshError } from '../../../src/core/errors.ts'
import { bodyOf, itemKinds } from '../../../src/core/frame.ts'
import { retryAfterOf } from '../../../src/core/overload.ts'
import {
  Admission,
  defaultAdmissionLimits,
  type Rank,
  type Waited,
  type Work,
} from '../../../src/wire/admission.ts'
import { Answerer } from '../../../src/wire/answerer.ts'
import { admitted } from '../../../src/wire/call-work.ts'
import { Caller, eachItem } from '../../../src/wire/caller.ts'
import { FrameSender } from '../../../src/wire/frame-sender.ts'
import { ItemWork } from '../../../src/wire/item-work.ts'
import { World } from '../../simulation/support/world.ts'

/** Virtual time in which work takes time: the clock goes on while it is done, as that of a busy process. */
function busyWorld(limits = defaultAdmissionLimits) {
  const world = new World(1)
  const { timers, clock } = world.environment()
  let spentMs = 0
  const env = {
    clock: { wall: clock.wall, monotonic: () => clock.monotonic() + spentMs },
    timers,
  }
  const admission = new Admission(env, limits)
  const done: { readonly name: string; readonly waitedMs: number }[] = []
  const refused: string[] = []
  const work = (name: string, costMs: number, bytes = 100, rank: Rank = 'new'): Work => ({
    ...{ bytes, rank },
    from: admission,
    isBlocked: false,
    keep: () => undefined,
    run(_until: number, { ms, sheds }: Waited) {
      if (sheds === 'none') {
        spentMs += costMs
        done.push({ name, waitedMs: ms })
      } else {
        refused.push(name)
        admission.refusals.note(1)
      }
      return true
    },
  })
  return { world, env, admission, done, refused, work, pass: (ms: number) => (spentMs += ms) }
}

const codeOf = (answer: unknown) => (MnemeshError.is(answer) ? answer.code : answer)
const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name)

describe('what is let in', () => {
  it('is handled where it arrives while a turn lasts, and in order in the next ones when it does not', async () => {
    const { admission, done, work, world } = busyWorld()
    for (const name of ['a', 'b', 'c', 'd']) admission.take(work(name, 3))
    expect(names(done)).toEqual(['a', 'b'])
    expect(admission.length).toBe(2)
    await world.run(0)
    expect(names(done)).toEqual(['a', 'b', 'c', 'd'])
    expect(admission.length).toBe(0)
  })

  it('leaves every turn to others after its time', async () => {
    const { admission, work, world, done, env } = busyWorld()
    let others = 0
    const turn = () => {
      others++
      if (admission.length > 0) env.timers.soon(turn)
    }
    for (let i = 0; i < 40; i++) admission.take(work(`w${i}`, 5))
    env.timers.soon(turn)
    await world.run(0)
    expect(done).toHaveLength(40)
    expect(others).toBeGreaterThanOrEqual(38)
  })

  it('may wait for a burst, and is refused beyond that', async () => {
    const { admission, work, world, done, refused } = busyWorld()
    for (let i = 0; i < 300; i++) admission.take(work(`w${i}`, 5))
    await world.run(0)
    const longest = Math.max(...done.map(({ waitedMs }) => waitedMs))
    expect(longest).toBeGreaterThan(950)
    expect(longest).toBeLessThanOrEqual(1000)
    expect(done.length + refused.length).toBe(300)
    expect(refused.length).toBeGreaterThan(80)
  })

  it('waits for the target at most where the queue stands, however long the load lasts', async () => {
    const { admission, work, world, done, refused, env } = busyWorld()
    // Twice as much as can be done, for 20 s, as it comes between the turns of a busy process.
    let arrived = 0
    const arrive = () => {
      for (; arrived < 20_000 && arrived <= env.clock.monotonic(); arrived += 10) {
        admission.take(work(`w${arrived}`, 10))
        admission.take(work(`x${arrived}`, 10))
      }
      if (arrived < 20_000) env.timers.soon(arrive)
    }
    arrive()
    await world.run(0)
    const late = done.slice(done.length / 2)
    expect(Math.max(...late.map(({ waitedMs }) => waitedMs))).toBeLessThanOrEqual(110)
    // Half of it is done: refusing takes nothing away from that.
    expect(done.length).toBeGreaterThan(1500)
    expect(refused.length).toBeGreaterThan(500)
  })

  it('goes on with what was begun before it begins anything, and refuses what waited too long all the same', async () => {
    const { admission, work, world, done, refused, env } = busyWorld()
    // As much of what was begun as can be done, and as much again that is new.
    let arrived = 0
    const arrive = () => {
      for (; arrived < 3000 && arrived <= env.clock.monotonic(); arrived += 10) {
        admission.take(work(`new${arrived}`, 10))
        admission.take(work(`begun${arrived}`, 10, 100, 'further'))
      }
      if (arrived < 3000) env.timers.soon(arrive)
    }
    arrive()
    await world.run(0)
    const begun = done.filter(({ name }) => name.startsWith('begun'))
    expect(begun).toHaveLength(300)
    expect(Math.max(...begun.map(({ waitedMs }) => waitedMs))).toBeLessThan(60)
    expect(refused.length).toBeGreaterThan(200)
    expect(done.length + refused.length).toBe(600)
  })

  it('slows down what is in the background while there is anything else, and never stops it', async () => {
    const { admission, work, world, done, env } = busyWorld()
    for (let i = 0; i < 100; i++) admission.take(work(`back${i}`, 1, 100, 'background'))
    let arrived = 0
    const arrive = () => {
      for (; arrived < 2000 && arrived <= env.clock.monotonic(); arrived += 10)
        admission.take(work(`new${arrived}`, 10))
      if (arrived < 2000) env.timers.soon(arrive)
    }
    arrive()
    await world.run(0)
    const lastNew = done.findLastIndex(({ name }) => name.startsWith('new'))
    const before = done.slice(0, lastNew).filter(({ name }) => name.startsWith('back')).length
    // One in 50 ms of the two seconds, and a few in the first turn, before anything else came.
    expect(before).toBeGreaterThan(15)
    expect(before).toBeLessThan(60)
    expect(done.filter(({ name }) => name.startsWith('back'))).toHaveLength(100)
  })

  it('is refused at once beyond so many bytes or works', () => {
    const limits = { ...defaultAdmissionLimits, maxBytes: 1000, maxWorks: 3 }
    const { admission, work, refused } = busyWorld(limits)
    admission.take(work('long', 10))
    admission.take(work('big', 1, 900))
    admission.take(work('bigger', 1, 200))
    admission.take(work('b', 1, 10))
    admission.take(work('c', 1, 10))
    admission.take(work('d', 1, 10))
    expect(refused).toEqual(['bigger', 'd'])
  })

  it('tells of an overload once, and of its end when nothing was refused for a second', async () => {
    const { admission, world } = busyWorld()
    const told: boolean[] = []
    admission.refusals.onChange(overloaded => told.push(overloaded))
    admission.refusals.note(3)
    await world.run(900)
    admission.refusals.note(1)
    await world.run(900)
    expect([told, admission.refusals.isOngoing, admission.refusals.count]).toEqual([[true], true, 4])
    await world.run(200)
    expect([told, admission.refusals.isOngoing]).toEqual([[true, false], false])
  })
})

describe('a call alone', () => {
  const limits = (precedence: 'first' | 'last' | 'never', timeoutMs = 5000) => ({ precedence, timeoutMs })
  const failure = (call: Promise<unknown>) =>
    call.then(
      () => 'done',
      error => error as MnemeshError,
    )

  it('that its caller has given up is not begun', async () => {
    const { admission, work, world } = busyWorld()
    admission.take(work('long', 50))
    let begun = 0
    const begin = async () => ++begun
    admission.take(work('more', 50))
    const short = failure(admitted(admission, limits('first', 40), begin))
    const patient = failure(admitted(admission, limits('first'), begin))
    await world.run(0)
    expect(await patient).toBe('done')
    const error = (await short) as MnemeshError
    expect([error.code, error.maybeApplied, retryAfterOf(error)]).toEqual(['ERR_OVERLOADED', false, 50])
    expect(begun).toBe(1)
  })

  it('to the group goes on when those on tables are refused, and is refused beyond a burst', async () => {
    const { admission, work, world, env } = busyWorld()
    const asked = (precedence: 'first' | 'last' | 'never') =>
      failure(admitted(admission, limits(precedence, 60_000), async () => {}))
    const asAll = () => (['first', 'last', 'never'] as const).map(asked)
    for (let i = 0; i < 4; i++) admission.take(work('x', 400, 100, 'further'))
    const early = asAll()
    // The queue stands for longer than a burst when their turn comes, and they have waited for less.
    const calls: Promise<unknown>[] = []
    const later = () => {
      if (env.clock.monotonic() < 800) env.timers.soon(later)
      else calls.push(...asAll())
    }
    later()
    await world.run(0)
    const codesOf = async (all: Promise<unknown>[]) => (await Promise.all(all)).map(codeOf)
    expect(await codesOf(calls)).toEqual(['ERR_OVERLOADED', 'done', 'done'])
    expect(await codesOf(early)).toEqual(['ERR_OVERLOADED', 'ERR_OVERLOADED', 'done'])
  })

  it('is refused while too many wait for others', async () => {
    const { admission } = busyWorld({ ...defaultAdmissionLimits, maxUnderWay: 2 })
    let end = () => {}
    const endless = () => new Promise<void>(resolve => (end = resolve))
    const calls = [1, 2, 3].map(() => failure(admitted(admission, limits('first'), endless)))
    expect(((await calls[2]) as MnemeshError).code).toBe('ERR_OVERLOADED')
    end()
    await calls[1]
    expect(await failure(admitted(admission, limits('first'), async () => {}))).toBe('done')
  })
})

const kinds = { plain: 1, group: 2, close: 3 }
const rules = {
  precedence: (kind: number) =>
    (kind === kinds.plain ? 'first' : kind === kinds.group ? 'last' : 'never') as 'first',
  waits: (kind: number) => kind === kinds.plain,
  limitAt: (kind: number) => (kind === kinds.plain ? 1 : undefined),
}

/** A frame of calls from a caller to an answerer that handles each in `costMs`. */
function frames(costMs: number, limits = defaultAdmissionLimits) {
  const { world, env, admission, pass } = busyWorld(limits)
  const whole = world.environment()
  const sent: Buffer[] = []
  const back: Buffer[] = []
  const wire = (to: Buffer[]) => ({
    send: (frame: Buffer) => to.push(frame) > 0,
    close() {},
  })
  const stamps = { g: 0, epoch: noEpoch }
  const caller = new Caller(whole, new FrameSender(whole.timers, wire(sent), stamps), { limit: 10_000 })
  const handled: number[] = []
  let closed = false
  let blocked = false
  const thrown: unknown[] = []
  const answerer = new Answerer(new FrameSender(whole.timers, wire(back), stamps), call => {
    handled.push(call.kind)
    pass(costMs)
    call.reply()
  })
  const parts = {
    ...{ clock: env.clock, admission, answerer, rules, isClosed: () => closed, isBlocked: () => blocked },
    rank: 'mixed' as const,
    guard(run: () => void) {
      try {
        run()
      } catch (error) {
        thrown.push(error)
      }
    },
  }
  const call = (kind: number, timeoutMs = 60_000) =>
    caller
      .call(
        kind,
        body => body.u32(timeoutMs),
        () => 'done',
        { deadline: 1e9, mutates: true },
      )
      .catch((error: MnemeshError) => error)
  const deliver = async () => {
    await world.run(0)
    for (const frame of sent.splice(0)) {
      admission.take(new ItemWork(parts, bodyOf(frame)))
      // The bytes were only lent.
      frame.fill(0xff)
    }
    await world.run(0)
    for (const frame of back.splice(0))
      eachItem(bodyOf(frame), (kind, id, body) => caller.item(kind, id, body))
  }
  return {
    admission,
    call,
    deliver,
    handled,
    thrown,
    parts,
    close: () => (closed = true),
    block: (is: boolean) => (blocked = is),
    world,
  }
}

describe('a frame of calls', () => {
  it('has the calls that go on with others handled before the new ones beside them', async () => {
    const { call, deliver, handled, admission } = frames(5)
    const calls = Array.from({ length: 30 }, (_, i) =>
      call([kinds.plain, kinds.group, kinds.close][i % 3] as number),
    )
    await deliver()
    expect(new Set((await Promise.all(calls)).map(codeOf))).toEqual(new Set(['done']))
    // The first 15 in the turn in which they came; then those of the group; then the others, in their order.
    expect(handled.slice(15, 20)).toEqual(Array(5).fill(kinds.group))
    const rest = handled.slice(20)
    expect(rest).toEqual(rest.map((_, i) => (i % 2 === 0 ? rest[0] : rest[1])))
    expect(handled).toHaveLength(30)
    expect(admission.waiting).toBe(0)
  })

  it('is handled in turns, each call once and in order, though its bytes were lent', async () => {
    const { call, deliver, handled } = frames(1)
    const calls = Array.from({ length: 100 }, () => call(kinds.plain))
    await deliver()
    expect(new Set((await Promise.all(calls)).map(codeOf))).toEqual(new Set(['done']))
    expect(handled).toHaveLength(100)
  })

  it('has calls refused when they have waited too long, certain that nothing was done, with a hint', async () => {
    const { call, deliver, handled, admission } = frames(5)
    const calls = Array.from({ length: 300 }, (_, i) => call(i % 3 === 2 ? kinds.close : kinds.plain))
    await deliver()
    const answers = await Promise.all(calls)
    const refusals = answers.filter(answer => codeOf(answer) === 'ERR_OVERLOADED') as MnemeshError[]
    expect(refusals.length).toBeGreaterThan(50)
    expect(refusals.every(error => error.retryable && (retryAfterOf(error) ?? 0) >= 50)).toBe(true)
    expect(handled.length + refusals.length).toBe(300)
    expect(admission.refusals.count).toBe(refusals.length)
    // What closes and cancels is never refused.
    expect(handled.filter(kind => kind === kinds.close)).toHaveLength(100)
  })

  it('has the calls dropped whose callers have given up meanwhile', async () => {
    const { call, deliver, handled } = frames(5)
    const calls = Array.from({ length: 60 }, (_, i) => call(kinds.plain, i < 50 ? 60_000 : 100))
    await deliver()
    const codes = (await Promise.all(calls)).map(codeOf)
    expect(codes.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => 'done'))
    expect(new Set(codes.slice(50))).toEqual(new Set(['ERR_OVERLOADED']))
    expect(handled).toHaveLength(50)
  })

  it('has changes refused, and nothing else, while too many wait for other nodes', async () => {
    const { call, deliver, admission } = frames(0, { ...defaultAdmissionLimits, maxUnderWay: 1 })
    admission.began()
    const calls = [call(kinds.plain), call(kinds.group)]
    await deliver()
    expect((await Promise.all(calls)).map(codeOf)).toEqual(['ERR_OVERLOADED', 'done'])
  })

  it('waits while nobody reads its answers, in order, and others do not wait for it', async () => {
    const { call, deliver, handled, block, admission, parts, world } = frames(1)
    block(true)
    const early = [call(kinds.plain), call(kinds.plain)]
    await deliver()
    const late = call(kinds.group)
    await deliver()
    expect([handled, admission.length]).toEqual([[], 0])
    let others = 0
    await admitted(admission, { precedence: 'first', timeoutMs: 100 }, async () => ++others)
    expect(others).toBe(1)
    block(false)
    admission.unblocked(parts)
    await world.run(10)
    await deliver()
    expect((await Promise.all([...early, late])).map(codeOf)).toEqual(['done', 'done', 'done'])
    expect(handled).toEqual([kinds.group, kinds.plain, kinds.plain])
  })

  it('has its calls refused when nobody reads their answers for longer than a burst may wait', async () => {
    const { call, deliver, handled, block, world } = frames(1)
    block(true)
    const calls = [call(kinds.plain), call(kinds.group), call(kinds.close)]
    await deliver()
    await world.run(900)
    await deliver()
    expect(handled).toEqual([])
    await world.run(200)
    await deliver()
    expect((await Promise.all(calls)).map(codeOf)).toEqual(['ERR_OVERLOADED', 'ERR_OVERLOADED', 'done'])
  })

  it('is dropped when its wire has closed, and ends the wire when it makes no sense', async () => {
    const { call, deliver, handled, close, parts, thrown, admission } = frames(5)
    const frame = new BytesWriter()
    frame.u8(itemKinds.push)
    frame.u32(1)
    frame.u32(0)
    admission.take(new ItemWork(parts, new BytesReader(frame.copy())))
    expect(thrown.map(codeOf)).toEqual(['ERR_FRAME_INVALID'])
    void call(kinds.plain)
    close()
    await deliver()
    expect(handled).toEqual([])
  })
})
