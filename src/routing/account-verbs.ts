import { requireLive } from '../access/livemode.ts'
import { author, type ClientContext } from '../context.ts'
import { parseId } from '../values/ids.ts'
import { toMoney } from '../values/money.ts'
import { type Language, say, type Text, type Words } from '../words/text.ts'
import { isForeign, presentNumbers } from './account-check.ts'
import { getAccount } from './accounts.ts'
import { askAsPerson, faultOf, type PersonCheck } from './ask-as-person.ts'
import { keepBalance } from './balance.ts'
import { accountHealth } from './health.ts'
import { keepNumbers } from './numbers-check.ts'
import type { RoutedAccount } from './routing.ts'
import { endStops, isAsAsked } from './stops.ts'

/** The health of an account; a failed balance check is explained in `language`. Throws 404. */
export async function healthOf(context: ClientContext, input: { id: string }, language: Language = 'en') {
  return accountHealth(context, await uuidOf(context, input), language)
}

type Problem = {
  reason: Extract<PersonCheck, { ok: false }>['reason'] | 'foreign_numbers'
  why: Text
  /** The operator's own words, if it said more. */
  words: Words | null
}

/**
 * Checks an account's credentials by requesting its balance. If they work, a stopped account starts again. Throws
 * 403 for a test key and 404.
 */
export async function checkAccount(context: ClientContext, input: { id: string }) {
  const id = await uuidOf(context, input)
  requireLive(context.actor)
  const routed = await context.routing.account(id)
  if (!routed) return failed({ reason: 'refused', why: say('account_unusable'), words: null })
  const { provider, account } = routed
  const check = await askAsPerson(context, provider, account, { isMended: true, saved: routed.stop })
  await keepCheck(context, routed, check)
  if (!check.ok) {
    const { reason, words } = check
    const why = faultOf(check)
    return failed({ reason, why, words: why === words ? null : words })
  }
  if (isForeign(check.numbers)) {
    const why = say('account_foreign_numbers', { numbers: check.numbers.foreign.join(', ') })
    return failed({ reason: 'foreign_numbers', why, words: null })
  }
  const balance = check.balance && toMoney(check.balance.balanceMicros, check.balance.currency)
  const numbers = presentNumbers(check.numbers)
  return { ok: true as const, balance, problem: null, ...numbers, warning: check.warning }
}

const failed = (problem: Problem) => ({ ok: false as const, balance: null, problem, warning: null })

/** Stores what the check found: the balance, the end of a stop, or a stop. */
async function keepCheck(context: ClientContext, { stop, account }: RoutedAccount, check: PersonCheck) {
  if (!check.ok && check.reason === 'stopped') return
  const { caches, db, stops } = context
  await caches.changing(['accounts'], async () => {
    const ended = await db.sql.begin(async (tx) => {
      // Old credentials that worked end no stop of new ones.
      const mayStart = check.ok && stop !== null && (await isAsAsked(tx, stop))
      const keys = mayStart ? await endStops(tx, stop, author(context)) : []
      await keepBalance(tx, context, account.id, check)
      if (check.ok) await keepNumbers(tx, account.id, check.numbers)
      return keys
    })
    stops.forget(ended)
  })
}

async function uuidOf(context: ClientContext, input: { id: string }): Promise<string> {
  const { id } = await getAccount(context, input)
  return parseId('account', id) as string
}
