import { type Html, html, when } from '../../html/html.ts'
import type { Concern } from '../../overview/concern.ts'
import { inWords, type Words } from '../../words/text.ts'
import type { Member } from '../visit.ts'
import { checkButton, operatorSaid } from './account-check.ts'

/** What needs attention; each line links to the page that helps. */
export function concernsBox(member: Member, concerns: readonly Concern[]): Html {
  const { t } = member
  if (concerns.length === 0) return html`<p class="box good">${t.overview.allWell}</p>`
  const lines = concerns.map((concern) => html`<li>${describe(member, concern)}</li>`)
  return html`<section class="box warn" aria-labelledby="attention"><h2 id="attention">${t.overview.attention}</h2><ul>${lines}</ul></section>`
}

function describe(member: Member, concern: Concern): Html {
  const { t, format, language } = member
  const { concerns } = t.overview
  const line = (path: string, text: string) => html`<a href="${path}">${text}</a>`
  const withWords = (path: string, text: string, words: Words) =>
    html`${line(path, text)} <span class="soft">${inWords(language, words)}</span>`
  const operators = '/console/operators'
  const at = ({ id }: { id: string }) => `${operators}#${id}`
  switch (concern.kind) {
    case 'no_worker':
      return line('/console/verifications?status=pending', concerns.noWorker(format.number(concern.seconds)))
    case 'no_sandbox':
      return line('/docs#quick-start', concerns.noSandbox)
    case 'no_account':
      return line(`${operators}/new`, concerns.noAccount)
    case 'no_route':
      return line('/console/routes', concerns.noRoute)
    case 'not_routed':
      return line('/console/routes', concerns.notRouted(concern.prefix))
    case 'no_key':
      return line('/console/keys#new', concerns.noKey)
    case 'own_balance_empty':
      return line('/console/money', concerns.ownBalance(format.money(concern.available)))
    case 'own_balance_low':
      return line('/console/money', concerns.ownBalanceLow(format.money(concern.available)))
    case 'undelivered': {
      const { undelivered, calls, status } = concern
      return line(`/console/verifications?status=${status}`, concerns.undelivered(undelivered, calls))
    }
    case 'stopped': {
      const { accounts, check, since, why, said } = concern
      return html`${line(at(check), concerns.stopped(accounts.join(', ')))} <span class="soft">${t.operators.stoppedSince} ${format.moment(since.toISOString())}.</span>
<p>${inWords(language, why)}${when(said, (words) => html` ${operatorSaid(member, inWords(language, words))}`)}</p>${checkButton(member, check.id, t.operators.checkOf(check.name))}`
    }
    case 'breaker':
      return line(at(concern.account), concerns.breaker(concern.account.name))
    case 'balance_low':
      return line(
        at(concern.account),
        concerns.balanceLow(concern.account.name, format.money(concern.balance)),
      )
    case 'balance_short':
      return line(
        at(concern.account),
        concerns.balanceShort(concern.account.name, format.money(concern.balance), concern.calls),
      )
    case 'balance_unknown':
      return withWords(at(concern.account), concerns.balanceUnknown(concern.account.name), concern.words)
    case 'demoted':
      return line(
        `${operators}#heat`,
        concerns.demoted(concern.account.name, t.channels[concern.channel], concern.prefix),
      )
    case 'endpoint_disabled': {
      const text = concerns[concern.reason === 'gone' ? 'endpointGone' : 'endpointFailing'](concern.host)
      return member.can('admin') ? line(`/console/webhooks/${concern.id}`, text) : html`${text}`
    }
    case 'findings':
      return line('/console/money/findings', concerns.findings(concern.count))
  }
}
