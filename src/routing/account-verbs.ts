import { requireLive } from '../access/livemode.ts'
import type { ClientContext } from '../context.ts'
import { parseId } from '../values/ids.ts'
import { toMoney } from '../values/money.ts'
import { type Language, say } from '../words/text.ts'
import { getAccount } from './accounts.ts'
import { checkBalance } from './balance.ts'
import { accountHealth } from './health.ts'

/** The health of an account; a failed balance check is explained in `language`. Throws 404. */
export async function healthOf(context: ClientContext, input: { id: string }, language: Language = 'en') {
  return accountHealth(context, await uuidOf(context, input), language)
}

/** Checks an account's credentials by requesting its balance. Throws 403 for a test key and 404. */
export async function checkAccount(context: ClientContext, input: { id: string }) {
  const id = await uuidOf(context, input)
  requireLive(context.actor)
  const check = await checkBalance(context, id)
  if (check?.ok) {
    const { balanceMicros, currency } = check.balance
    return { ok: true as const, balance: toMoney(balanceMicros, currency), problem: null }
  }
  const problem = check
    ? { reason: check.reason, why: say(`fault_${check.reason}`), words: check.words }
    : { reason: 'refused' as const, why: say('account_unusable'), words: null }
  return { ok: false as const, balance: null, problem }
}

async function uuidOf(context: ClientContext, input: { id: string }): Promise<string> {
  const { id } = await getAccount(context, input)
  return parseId('account', id) as string
}
