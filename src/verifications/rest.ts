import { savePostings } from '../billing/call.ts'
import type { Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'
import type { BareDraft } from '../draft/draft.ts'
import { announce } from '../events/outbox.ts'
import type { Subscribed } from '../events/subscriptions.ts'
import { presentDetail } from './present.ts'

/** The statements that write what every draft may hold besides its rows: money, and news for endpoints. */
export function saveRest(
  tx: Tx,
  drafts: readonly BareDraft[],
  subscribed: Subscribed,
): Statement<object[]>[] {
  return [
    ...savePostings(tx, drafts),
    ...announce(tx, subscribed, drafts, ({ verification, attempts }) =>
      presentDetail(verification, attempts),
    ),
  ]
}
