import { quote } from '../billing/prices/price-lists.ts'
import type { Channel } from '../channels/channels.ts'
import type { ClientContext } from '../context.ts'
import { invalid } from '../errors.ts'
import { parseId, publicId } from '../values/ids.ts'
import { type Money, toMoney } from '../values/money.ts'
import { parsePhone } from '../values/phone.ts'

/**
 * What a call to a phone would use and cost: the accounts of its route in order, and the tenant's price (null:
 * free). Nothing is sent. Throws 422 for a phone that cannot be read.
 */
export async function previewCall(
  context: ClientContext,
  { phone: typed, channel }: { phone: string; channel: Channel },
): Promise<{ phone: string; accounts: { id: string; name: string }[]; price: Money | null }> {
  const { actor, routing, priceLists } = context
  const read = parsePhone(typed, actor.defaultRegion)
  if (!read) throw invalid('phone', 'phone')
  const phone = read.e164
  const { tenantId, livemode } = actor
  const route = await routing.candidates({ tenantId, livemode, phone, channel })
  const price = quote(await priceLists.of(tenantId), { channel, phone }, new Date())
  return {
    phone,
    accounts: route.map(({ name, account }) => ({ id: publicId('account', account.id), name })),
    price: price && toMoney(price.amountMicros, price.currency),
  }
}

/** The names of the accounts that a verification of the caller was handed to, in order. */
export async function accountsAsked(context: ClientContext, { id }: { id: string }): Promise<string[]> {
  const { db, actor } = context
  const rows = await db.sql<{ name: string }[]>`
    select p.name from verifications v
    join attempts a on a.verification_id = v.id
    join provider_accounts p on p.id = a.account_id
    where v.id = ${parseId('verification', id)} and v.tenant_id = ${actor.tenantId} and v.livemode = ${actor.livemode}
    order by a.ordinal`
  return rows.map(({ name }) => name)
}
