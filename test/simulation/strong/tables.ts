/** Majority tables that clients of the simulation use; `temps` is dropped and made again meanwhile. */
export const tables = ['lists', 'rows', 'temps', 'counters', 'bank'] as const
