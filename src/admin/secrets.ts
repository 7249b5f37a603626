import { resealKeptAnswers } from '../idempotency/reseal.ts'
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
        phone_standings: await resealStandings(context),
        kept_answers: await resealKeptAnswers(context),
      }
      const { provider_accounts: accounts, phone_standings: phones } = counts
      if (accounts.unreadable + phones.unreadable === 0) return counts
      throw new CheckFailed(
        `The credentials of ${accounts.unreadable} account(s) and ${phones.unreadable} trusted or blocked phone(s) could not be opened with SECRET_KEY or SECRET_KEY_OLD: keep the key that sealed them.`,
        counts,
      )
    },
  }),
}
