/** Locks whose names begin so are our own: transactions wait for their turn at a table by them. */
export const turnPrefix = 'tx-serial/'

/** As tables' names do: locks whose names begin so are kept for what is ours. */
export const reservedPrefix = 'mnemesh.'

/** A generation beyond it is none of a token: one that is told could leave no room above it. */
export const maxSeenGeneration = 2 ** 48
