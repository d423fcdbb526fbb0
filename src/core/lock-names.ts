/** Locks whose names begin so are our own: transactions wait for their turn at a table by them. */
export const turnPrefix = 'tx-serial/'
