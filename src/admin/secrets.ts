import { resealKeptAnswers } from '../idempotency/reseal.ts'
import { resealAccounts } from '../routing/reseal.ts'
import { type Noun, readArgs } from './noun.ts'

export const secretsNoun: Noun = {
  reseal: {
    usage: '',
    says: 'Seals everything under SECRET_KEY that a key of SECRET_KEY_OLD sealed. May run while the service does.',
    async run(installation, args) {
      readArgs(args, {})
      const context = await installation.as()
      return {
        provider_accounts: await resealAccounts(context),
        kept_answers: await resealKeptAnswers(context),
      }
    },
  },
}
