import { resealCompats } from '../access/compat-reseal.ts'
import { resignArchives } from '../audit/archives.ts'
import { resealEndpoints } from '../events/reseal.ts'
import { resealKeptAnswers } from '../idempotency/reseal.ts'
import { resealHooks } from '../limits/manage-hook.ts'
import { resealStandings } from '../limits/standings.ts'
import { resealAccounts } from '../routing/reseal.ts'
import { CheckFailed, command, type Noun } from './command.ts'

export const secretsNoun: Noun = {
  reseal: command({
    says: 'Reseals under SECRET_KEY everything that a key of SECRET_KEY_OLD sealed. Can run while the service runs.',
    async run(installation) {
      const context = await installation.as()
      const counts = {
        provider_accounts: await resealAccounts(context),
        compat_credentials: await resealCompats(context),
        webhook_endpoints: await resealEndpoints(context),
        start_hooks: await resealHooks(context),
        phone_standings: await resealStandings(context),
        archives: await resignArchives(context),
        kept_answers: await resealKeptAnswers(context),
      }
      const { kept_answers: _, ...needed } = counts
      const unreadable = Object.values(needed).reduce((sum, each) => sum + each.unreadable, 0)
      if (unreadable === 0) return counts
      throw new CheckFailed(
        `${unreadable} secret(s) could not be opened with SECRET_KEY or SECRET_KEY_OLD: keep the key that sealed them.`,
        counts,
      )
    },
  }),
}
