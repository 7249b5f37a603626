import { savePostings } from '../billing/call.ts'
import type { App } from '../context.ts'
import type { Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'
import type { BareDraft } from '../draft/draft.ts'
import { announce } from '../events/outbox.ts'
import { presentDetail } from './present.ts'

/** What every draft may hold besides its rows: money, and news for endpoints. The result writes it. */
export async function prepareRest(
  { subscriptions }: Pick<App, 'subscriptions'>,
  tx: Tx,
  drafts: readonly BareDraft[],
): Promise<() => Statement<object[]>[]> {
  const subscribed = await subscriptions.of(drafts.map(({ verification }) => verification.tenantId))
  return () => [
    ...savePostings(tx, drafts),
    ...announce(tx, subscribed, drafts, ({ verification, attempts }) =>
      presentDetail(verification, attempts),
    ),
  ]
}
