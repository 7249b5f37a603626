import type { Channel } from '../channels/channels.ts'
import type { Money } from '../values/money.ts'
import type { Text, Words } from '../words/text.ts'

/** An account by its public id. */
type Named = { id: string; name: string }

/**
 * Something that needs attention. `status`: how most undelivered verifications ended.
 */
export type Concern =
  | { kind: 'no_worker'; seconds: number }
  | { kind: 'no_sandbox' }
  | { kind: 'no_account' }
  | { kind: 'no_route' }
  | { kind: 'not_routed'; prefix: string }
  | { kind: 'no_key' }
  | { kind: 'own_balance_empty'; available: Money }
  | { kind: 'own_balance_low'; available: Money }
  | { kind: 'undelivered'; undelivered: number; calls: number; status: 'failed' | 'expired' }
  /** `accounts`: the names of all that this stop stops; `check`: the one whose check starts them again. */
  | {
      kind: 'stopped'
      accounts: string[]
      check: Named
      since: Date
      why: Text
      said: Words | null
    }
  | { kind: 'breaker'; account: Named; until: Date | null }
  | { kind: 'balance_low'; account: Named; balance: Money | null }
  | { kind: 'balance_short'; account: Named; balance: Money | null; calls: number }
  | { kind: 'balance_unknown'; account: Named; words: Words }
  | { kind: 'demoted'; account: Named; channel: Channel; prefix: string; since: Date }
  | { kind: 'findings'; count: number }
  | { kind: 'endpoint_disabled'; id: string; host: string; reason: 'gone' | 'failing' }
