import { accountNoun } from './account.ts'
import { archiveCommand } from './archive.ts'
import { auditNoun } from './audit.ts'
import { balanceNoun } from './balance.ts'
import type { Command, Noun } from './command.ts'
import { doorNoun } from './door.ts'
import { keyNoun } from './key.ts'
import { ledgerNoun } from './ledger.ts'
import { migrateCommand } from './migrate.ts'
import { erasureNoun, phoneNoun } from './phone.ts'
import { policyNoun } from './policy.ts'
import { costNoun, priceNoun } from './price.ts'
import { findingNoun, reconciliationNoun } from './reconciliation.ts'
import { routeNoun } from './route.ts'
import { secretsNoun } from './secrets.ts'
import { tenantNoun } from './tenant.ts'
import { textsNoun } from './texts.ts'
import { webhookNoun } from './webhook.ts'

const under = (noun: string, commands: Noun): [string, Command][] =>
  Object.entries(commands).map(([verb, command]) => [`${noun} ${verb}`, command])

/** Every command by its full name, in the order of `--help`. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ...under('tenant', tenantNoun),
  ...under('key', keyNoun),
  ...under('account', accountNoun),
  ...under('route', routeNoun),
  ...under('policy', policyNoun),
  ...under('phone', phoneNoun),
  ...under('texts', textsNoun),
  ...under('webhook', webhookNoun),
  ...under('door', doorNoun),
  ...under('price', priceNoun),
  ...under('cost', costNoun),
  ...under('balance', balanceNoun),
  ...under('reconciliation', reconciliationNoun),
  ...under('finding', findingNoun),
  ...under('erasure', erasureNoun),
  ...under('secrets', secretsNoun),
  ...under('ledger', ledgerNoun),
  ...under('audit', auditNoun),
  ['archive', archiveCommand],
  ['migrate', migrateCommand],
])
