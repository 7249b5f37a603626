import { checkAccount, healthOf } from '../routing/account-verbs.ts'
import { createAccount, deleteAccount, getAccount, listAccounts, updateAccount } from '../routing/accounts.ts'
import { CreateAccountInput, UpdateAccountInput } from '../routing/schemas.ts'
import { inWords } from '../words/text.ts'
import { CheckFailed, command, type Noun } from './command.ts'
import { resourceNoun } from './resource.ts'

export const accountNoun: Noun = {
  ...resourceNoun({
    one: 'an account at an operator',
    many: 'accounts at operators',
    id: 'prv_…',
    of: {},
    create: {
      schema: CreateAccountInput,
      required: ['provider', 'name', 'credentials'],
      verb: createAccount,
      says: 'Connects an account at an operator; its credentials are tried. --credentials @file keeps them out of the shell’s history.',
    },
    update: { schema: UpdateAccountInput, verb: updateAccount },
    list: listAccounts,
    get: getAccount,
    remove: { verb: deleteAccount, says: 'Deletes an account that no route uses.' },
  }),
  check: command({
    says: 'Tries the credentials of an account; a stopped account that works starts again.',
    words: ['<prv_…>'],
    async run(installation, _, [id = '']) {
      const { problem, warning, ...checked } = await checkAccount(await installation.as(), { id })
      const report = { ...checked, ...(warning && { warning: inWords('en', warning) }) }
      if (problem) throw new CheckFailed(inWords('en', problem.why), { ...report, reason: problem.reason })
      return report
    },
  }),
  health: command({
    says: 'Shows whether an account is stopped or resting, its balance, and its rates of delivery and approval.',
    words: ['<prv_…>'],
    run: async (installation, _, [id = '']) => healthOf(await installation.as(), { id }),
  }),
}
