import { type Html, html, when } from '../../html/html.ts'
import type { checkAccount } from '../../routing/account-verbs.ts'
import { inWords } from '../../words/text.ts'
import { accountWords } from '../account-words.ts'
import { csrfField } from '../csrf.ts'
import type { Member } from '../visit.ts'

/** A button that checks an account: the way out of a stop. `path`: of the page that shows what it found. */
export function checkButton(
  member: Member,
  id: string,
  label: Html | string,
  path = '/console/operators',
): Html {
  return html`<form method="post" action="${path}">${csrfField(member)}<button class="quiet" name="account" value="${id}">${label}</button></form>`
}

/** A label whose account shows from where it stands; `name` tells it to those who cannot see that. */
export const labelAt = (label: string, name: string): Html =>
  html`${label}<span class="hidden">: ${name}</span>`

/** The words of an operator, unchanged. */
export const operatorSaid = ({ t }: Pick<Member, 't'>, words: string): Html =>
  html`<span class="soft said">${t.operators.operatorSaid(words)}</span>`

/** What a check found. `name`: of the account. */
export function checkBox(
  member: Member,
  { ok, balance, problem, warning }: Awaited<ReturnType<typeof checkAccount>>,
  name: string,
): Html {
  const { t, format, language } = member
  if (ok)
    return html`<p class="box good" role="status">${t.operators.checkWell(name, balance && format.money(balance))} ${warning && accountWords(member, warning)}</p>`
  const why = problem && inWords(language, problem.why)
  return html`<div class="box bad" role="alert"><p>${t.operators.checkFailed(name)} ${why}</p>${when(problem?.words, (words) => html`<p class="soft">${inWords(language, words)}</p>`)}</div>`
}
