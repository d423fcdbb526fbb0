import { test as base } from 'vitest'
import type { Environment } from '../../src/core/environment.ts'
import type { TypedCoordination } from '../../src/face/coordination.ts'
import { World } from '../simulation/support/world.ts'
import { coordinationOf, LocalGroup, type LocalStrong } from './local-strong.ts'

interface Fixtures {
  readonly world: World
  readonly env: Environment
  /** With majority tables `t` and `u`. */
  readonly group: LocalGroup
  /** One member of the group, its face, and that of another one. */
  readonly member: LocalStrong
  readonly node: TypedCoordination
  readonly other: TypedCoordination
  /** Lets virtual time go on until the promise is settled. */
  readonly run: <T>(promise: Promise<T>) => Promise<T>
}

/** A test with a group of two processes, in virtual time. */
export const it = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures that one depends on from the pattern
  world: async ({}, use) => use(new World(1)),
  env: async ({ world }, use) => use(world.environment()),
  group: async ({ env }, use) => {
    const group = new LocalGroup(env)
    group.table('t')
    group.table('u')
    await use(group)
  },
  member: async ({ group }, use) => use(group.member('n1')),
  node: async ({ env, member }, use) => use(coordinationOf(env, member)),
  other: async ({ env, group }, use) => use(coordinationOf(env, group.member('n2'))),
  run: async ({ world }, use) =>
    use(async promise => {
      let isSettled = false
      const settle = () => {
        isSettled = true
      }
      promise.then(settle, settle)
      await world.until(() => isSettled, 60_000, 'the promise')
      return promise
    }),
})
