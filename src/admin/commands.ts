import { auditNoun } from './audit.ts'
import type { Command, Noun } from './command.ts'
import { keyNoun } from './key.ts'
import { ledgerNoun } from './ledger.ts'
import { migrateCommand } from './migrate.ts'
import { policyNoun } from './policy.ts'
import { secretsNoun } from './secrets.ts'
import { tenantNoun } from './tenant.ts'

const under = (noun: string, commands: Noun): [string, Command][] =>
  Object.entries(commands).map(([verb, command]) => [`${noun} ${verb}`, command])

/** Every command by its full name, in the order of `--help`. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ...under('tenant', tenantNoun),
  ...under('key', keyNoun),
  ...under('policy', policyNoun),
  ...under('secrets', secretsNoun),
  ...under('ledger', ledgerNoun),
  ...under('audit', auditNoun),
  ['migrate', migrateCommand],
])
