import { appendTenantEvents } from '../audit/tenant-chain.ts'
import { author, type Context } from '../context.ts'
import type { Tx } from '../db/client.ts'
import { type OperatorBalance, ProviderFault } from '../providers/provider.ts'
import { publicId } from '../values/ids.ts'
import { toMoney } from '../values/money.ts'
import { pack, type Words } from '../words/text.ts'
import { type AccountState, isBalanceLow } from './breaker.ts'
import { operatorOf } from './operator.ts'
import type { RoutedAccount } from './routing.ts'

const EVERY_SECONDS = 60
const AT_ONCE = 20

const NO_BALANCE = { balanceMicros: null, limitMicros: null, callPriceMicros: null, currency: null }

export type BalanceCheck =
  | { ok: true; balance: OperatorBalance | null }
  /** `words` may be the operator's own, without secrets: show them only to administrators. */
  | { ok: false; reason: ProviderFault['reason'] | 'banned'; words: Words }

/** Requests the account's balance from the operator, and stores it. Skips unusable and stopped accounts. */
async function checkBalance(context: Context, accountId: string): Promise<void> {
  const routed = await context.routing.account(accountId)
  if (!routed) return
  const check = await askBalance(context, routed)
  if (!check.ok && check.reason === 'stopped') return
  await context.caches.changing(['accounts'], () =>
    context.db.sql.begin((tx) => keepBalance(tx, context, accountId, check)),
  )
}

async function askBalance(context: Context, routed: RoutedAccount): Promise<BalanceCheck> {
  try {
    return { ok: true, balance: await operatorOf(context, routed).balance() }
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error
    return { ok: false, reason: error.reason, words: error.words }
  }
}

/** Checks the balances of real accounts not checked for a minute. Any number of workers may call it. */
export async function watchBalances(context: Context): Promise<void> {
  const due = await context.db.sql.begin(async (tx) => {
    await tx`
      insert into account_states (account_id)
      select id from provider_accounts where sandbox_tenant_id is null and deleted_at is null order by id
      on conflict do nothing`
    return tx<{ accountId: string }[]>`
      update account_states set balance_at = now()
      where account_id in (
        select s.account_id from account_states s join provider_accounts a on a.id = s.account_id
        where a.sandbox_tenant_id is null and a.deleted_at is null
          and (s.balance_at is null or s.balance_at < now() - make_interval(secs => ${EVERY_SECONDS}))
        order by s.account_id limit ${AT_ONCE} for update of s skip locked)
      returning account_id`
  })
  await Promise.all(due.map(({ accountId }) => checkBalance(context, accountId)))
}

/** Stores the result of a balance check. Records an event if the balance became too low or recovered. */
export async function keepBalance(
  tx: Tx,
  context: Pick<Context, 'actor' | 'requestId'>,
  accountId: string,
  check: BalanceCheck,
): Promise<void> {
  await tx`insert into account_states (account_id) values (${accountId}) on conflict do nothing`
  const [before] = await tx<AccountState[]>`
    select * from account_states where account_id = ${accountId} for update`
  if (!before) return
  if (!check.ok) {
    await tx`
      update account_states set balance_at = now(), balance_error = ${pack(check.words)}, balance_fault = ${check.reason}
      where account_id = ${accountId}`
    return
  }
  const { balanceMicros, limitMicros, callPriceMicros, currency } = check.balance ?? NO_BALANCE
  await tx`
    update account_states set balance_at = now(), balance_error = null, balance_fault = null, balance_micros = ${balanceMicros},
      balance_limit_micros = ${limitMicros}, call_price_micros = ${callPriceMicros}, balance_currency = ${currency}
    where account_id = ${accountId}`
  const after = { ...before, balanceMicros, balanceLimitMicros: limitMicros, callPriceMicros }
  if (isBalanceLow(before) === isBalanceLow(after) || balanceMicros === null || currency === null) return
  await appendTenantEvents(tx, null, author(context), [
    {
      type: isBalanceLow(after) ? 'account.balance_low' : 'account.balance_restored',
      data: { account: publicId('account', accountId), balance: toMoney(balanceMicros, currency) },
    },
  ])
}
