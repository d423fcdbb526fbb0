import { MnemeshError } from '../core/errors.ts'
import { recordOverhead } from '../storage/record.ts'
import type { Command } from './state/commands.ts'

/**
 * Why a command must not be made here now: it writes entries, and `check` throws for the memory that they need. That is
 * asked where a command comes from, before anybody can have applied it; the log takes whatever was agreed on.
 */
export function memoryRefusal(
  command: Command,
  check: (table: string, bytes: number) => void,
): MnemeshError | undefined {
  if (command.kind !== 'transaction') return undefined
  try {
    for (const { kind, table, key, value } of command.operations)
      if (kind !== 'delete') check(table, key.length + value.length + recordOverhead)
    return undefined
  } catch (error) {
    if (error instanceof MnemeshError) return error
    throw error
  }
}
