import { getBalance } from '../billing/balance.ts'
import { adjust, topUp } from '../billing/post-by-hand.ts'
import { AdjustmentInput, TopUpInput } from '../billing/schemas.ts'
import { command, type Noun, TENANT } from './command.ts'
import { fieldOptions, readFields } from './fields.ts'

export const balanceNoun: Noun = {
  show: command({
    says: 'Shows the balance of a tenant.',
    options: TENANT,
    run: async (installation, values) => getBalance(await installation.for(values)),
  }),
  topup: command({
    says: 'Adds money to the balance of a tenant.',
    options: { ...fieldOptions(TopUpInput, ['amount', 'currency']), ...TENANT },
    run: async (installation, values) =>
      topUp(await installation.for(values), readFields(TopUpInput, values)),
  }),
  adjust: command({
    says: 'Corrects the balance of a tenant, with a reason.',
    options: { ...fieldOptions(AdjustmentInput, ['direction', 'amount', 'currency', 'reason']), ...TENANT },
    run: async (installation, values) =>
      adjust(await installation.for(values), readFields(AdjustmentInput, values)),
  }),
}
