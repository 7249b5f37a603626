import type { Tx } from '../db/client.ts'
import { isForeign } from './account-check.ts'
import type { NumbersCheck } from './ask-as-person.ts'

/** Stores what a check found about the numbers of an account's pool; null: nothing is known. */
export async function keepNumbers(tx: Tx, accountId: string, numbers: NumbersCheck): Promise<void> {
  const foreign = isForeign(numbers) ? numbers.foreign : null
  const check = foreign ? 'foreign' : numbers
  await tx`
    update account_states set numbers_check = ${check as string | null}, numbers_foreign = ${foreign}::text[],
      numbers_at = case when ${check as string | null}::text is not null then now() end
    where account_id = ${accountId}`
}
