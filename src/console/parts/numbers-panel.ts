import { type Html, html, when } from '../../html/html.ts'
import type { AccountNumbers, NumberlessAccount } from '../../routing/numbers.ts'
import { accountWords } from '../account-words.ts'
import type { Member } from '../visit.ts'
import { checkButton, labelAt } from './account-check.ts'
import { badge, type Tone } from './status.ts'
import { table } from './table.ts'

const RANGES_SHOWN = 50

/** The pool of one account. `path`: of the page, which its check returns to. */
export function numbersPanel(member: Member, account: AccountNumbers, { path }: { path: string }): Html {
  const { t, format } = member
  const { id, name, provider, numbers, endings, calls, leased } = account
  return html`<section class="pool" aria-labelledby="${id}"><div class="head"><h2 id="${id}"><span class="cut" title="${name}">${name}</span> <span class="soft">${provider}</span></h2>${checkButton(member, id, labelAt(t.numbers.checkNow, name), path)}</div>
<dl class="figures">
<div class="panel"><dt>${t.numbers.count}</dt><dd class="figure">${format.number(numbers)}</dd></div>
<div class="panel"><dt>${t.numbers.endings}</dt><dd class="figure">${format.number(endings)}</dd><dd class="soft">${t.numbers.chance(format.number(endings))}</dd></div>
<div class="panel"><dt>${t.channels.flash_call}</dt>${servesFlash(member, account)}</div>
<div class="panel"><dt>${t.numbers.calls}</dt><dd class="figure">${format.number(calls)}</dd><dd class="soft">${leased === null ? t.numbers.shared : t.numbers.leased(format.number(leased))}</dd></div>
<div class="panel"><dt>${t.numbers.ownership}</dt>${ownership(member, account.check)}</div>
</dl>
${ranges(member, account)}
${whatWasShown(member, account)}</section>`
}

/** Accounts without numbers to call from, and what each lacks. */
export function numberlessPanel(member: Member, accounts: readonly NumberlessAccount[]): Html {
  const { t } = member
  return html`<section class="pool" aria-labelledby="numberless"><h2 id="numberless">${t.numbers.numberless}</h2><ul>${accounts.map(
    ({ name, provider, why }) =>
      html`<li><span class="cut" title="${name}">${name}</span> <span class="soft">${provider}: ${accountWords(member, why, provider)}</span></li>`,
  )}</ul></section>`
}

/** Whether the tenant's policy lets the account make flash calls, and what is missing. */
function servesFlash({ t, format }: Member, { missing, digits }: AccountNumbers): Html {
  if (missing === 0) return html`<dd>${badge('good', t.numbers.serves)}</dd>`
  const why = missing === null ? t.numbers.neverEnough(digits) : t.numbers.missing(format.number(missing))
  return html`<dd>${badge('bad', t.numbers.servesNot)}</dd><dd class="soft">${why} <a href="/console/policy">${t.nav.policy}</a></dd>`
}

const TONES: Record<NonNullable<AccountNumbers['check']>['result'], Tone> = {
  owned: 'good',
  unconfirmed: 'warn',
  foreign: 'bad',
}

function ownership({ t, format }: Member, check: AccountNumbers['check']): Html {
  if (!check) return html`<dd>${badge('calm', t.numbers.unchecked)}</dd>`
  const { result, foreign, at } = check
  const help = { owned: null, unconfirmed: t.numbers.unconfirmedHelp, foreign: t.numbers.foreignHelp }[result]
  return html`<dd>${badge(TONES[result], t.numbers.results[result])}</dd>
${when(help, (text) => html`<dd class="soft">${text} <span class="number">${foreign.join(', ')}</span></dd>`)}
<dd class="soft">${t.numbers.checkedAt} ${format.moment(at.toISOString())}</dd>`
}

/** The ranges, folded: a pool may have thousands. */
function ranges({ t, format }: Member, { ranges }: AccountNumbers): Html {
  const shown = ranges.slice(0, RANGES_SHOWN)
  return html`<details><summary>${t.numbers.ranges(format.number(ranges.length))}</summary><ul class="ranges">${shown.map(
    ({ first, last, count }) =>
      html`<li><span class="number nowrap">${first}</span>${when(count > 1, () => html` – <span class="number nowrap">${last}</span> <span class="soft">(${format.number(count)})</span>`)}</li>`,
  )}</ul>${when(ranges.length - shown.length, (more) => html`<p class="soft">${t.numbers.more(format.number(more))}</p>`)}</details>`
}

/** The days on which the operator told which number called. */
function whatWasShown({ t, format }: Member, { days }: AccountNumbers): Html {
  const sum = (of: 'told' | 'replaced') => days.reduce((total, day) => total + day[of], 0)
  const [told, replaced] = [sum('told'), sum('replaced')]
  if (told === 0) return html`<p class="soft">${t.numbers.nothingTold}</p>`
  const share = badge(replaced > 0 ? 'warn' : 'good', format.percent(replaced / told))
  return html`<details${replaced > 0 ? html` open` : ''}><summary>${t.numbers.shown} ${share}</summary><p class="soft">${t.numbers.shownHelp}</p>
${table(
  t.numbers.shown,
  [
    { title: t.overview.day },
    { title: t.numbers.told, numeric: true },
    { title: t.numbers.replaced, numeric: true },
    { title: t.numbers.share, numeric: true },
  ],
  days.map((day) => [
    html`<time datetime="${day.day}" class="nowrap">${format.day(day.day)}</time>`,
    html`${format.number(day.told)}`,
    html`${format.number(day.replaced)}`,
    html`${format.percent(day.replaced / day.told)}`,
  ]),
)}</details>`
}
