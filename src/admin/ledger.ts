import { goodArchives } from '../audit/archives.ts'
import { verifyLedger } from '../billing/verify.ts'
import { CheckFailed, command, type Noun } from './command.ts'

export const ledgerNoun: Noun = {
  verify: command({
    says: 'Checks that every transaction balances, and that balances and calls agree with the entries.',
    async run(installation) {
      const { db, secrets } = await installation.as()
      const problems = await verifyLedger(db, await goodArchives({ db, secrets }))
      if (problems.length === 0) return { ledger: 'balanced' }
      const lines = problems.map(({ check, subject, detail }) => `${check}: ${subject}: ${detail}`)
      throw new CheckFailed(['The ledger does not balance.', ...lines].join('\n'), {
        ledger: 'not balanced',
        problems,
      })
    },
  }),
}
