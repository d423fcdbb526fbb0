import { PlainFields } from '../../core/plain-fields.ts'
import type { Result, RowOutcome } from './commands.ts'

const statuses = [
  'done',
  'conflict',
  'fenced',
  'granted',
  'queued',
  'held',
  'refused',
  'forgotten',
  'noSession',
] as const

/** The result from plain data, which `writePlain` has kept. Throws ERR_FRAME_INVALID. */
export function readResult(value: unknown): Result {
  const fields = new PlainFields(value)
  const status = fields.oneOf('status', statuses)
  const index = fields.count('index')
  switch (status) {
    case 'done':
      return { status, index, outcomes: fields.list('outcomes', readOutcome) }
    case 'conflict': {
      const key = fields.optional('key', fields => Buffer.from(fields.bytes('key')))
      return { status, index, table: fields.text('table'), key }
    }
    case 'fenced':
      return { status, index, lock: fields.text('lock') }
    case 'granted': {
      const token = fields.record('token')
      return { status, index, token: { generation: token.count('generation'), index: token.count('index') } }
    }
    case 'refused':
      return { status, index, code: fields.text('code'), message: fields.text('message', 65_536) }
    default:
      return { status, index }
  }
}

function readOutcome(value: unknown): RowOutcome {
  const fields = new PlainFields(value)
  return {
    applied: fields.flag('applied'),
    version: fields.count('version'),
    number: fields.optional('number', fields => fields.number('number')),
  }
}
