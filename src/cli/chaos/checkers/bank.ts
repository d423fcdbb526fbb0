import type { BankCall, Verdict } from './history.ts'

/** True when no reader ever saw money made or lost: the sum over all accounts is the same in each snapshot. */
export function checkBank(
  calls: readonly BankCall[],
  { total, accounts }: { readonly total: number; readonly accounts: readonly string[] },
): Verdict {
  const violations: string[] = []
  let judged = 0
  for (const { call, process, operation, answer } of calls) {
    if (operation.kind !== 'balances' || answer === undefined) continue
    judged++
    const missing = accounts.filter(account => answer.balances[account] === undefined)
    const sum = Object.values(answer.balances).reduce((all, balance) => all + balance, 0)
    if (missing.length > 0) violations.push(`call ${call} of ${process} found no ${missing.join(', ')}`)
    else if (sum !== total)
      violations.push(
        `call ${call} of ${process} saw ${sum} instead of ${total}: ${JSON.stringify(answer.balances)}`,
      )
  }
  return { checker: 'bank', violations, judged, unjudged: 0 }
}
