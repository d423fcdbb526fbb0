import { randomBytes, randomInt } from 'node:crypto'
import type { Random } from '../../src/core/environment.ts'

export const systemRandom: Random = { uint32: () => randomInt(2 ** 32), bytes: length => randomBytes(length) }
export const testSecret = 'a secret of the tests'
