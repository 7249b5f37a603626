import { verifyLedger } from '../billing/verify.ts'
import { type Noun, readArgs } from './noun.ts'

export const ledgerNoun: Noun = {
  verify: {
    usage: '',
    says: 'Checks that every transaction balances, and that balances and calls agree with the entries.',
    async run(installation, args) {
      readArgs(args, {})
      const { db } = await installation.as()
      const problems = await verifyLedger(db)
      if (problems.length === 0) return { ledger: 'balanced' }
      const lines = problems.map(({ check, subject, detail }) => `${check}: ${subject}: ${detail}`)
      throw new Error(`The ledger does not balance.\n${lines.join('\n')}`)
    },
  },
}
