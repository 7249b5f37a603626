import { type Html, html, NONE } from '../../html/html.ts'
import type { Page, Visit } from '../visit.ts'
import { copiedLines } from './copy.ts'
import { withQuery } from './export.ts'

/** What the API answers in place of a page, by the page's route. The page's filters belong to the first call. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  '/console': ['/v1/statistics'],
  '/console/try/{id}': ['/v1/verifications/{id}', '/v1/verifications/{id}/audit'],
  '/console/verifications': ['/v1/verifications'],
  '/console/verifications/{id}': ['/v1/verifications/{id}', '/v1/verifications/{id}/audit'],
  '/console/test-calls/{id}': ['/v1/verifications/{id}'],
  '/console/statistics': ['/v1/statistics'],
  '/console/operators': ['/v1/provider-accounts'],
  '/console/operators/{id}': ['/v1/provider-accounts/{id}', '/v1/provider-accounts/{id}/health'],
  '/console/routes': ['/v1/routes'],
  '/console/routes/{id}': ['/v1/routes/{id}'],
  '/console/money': ['/v1/billing/records', '/v1/billing/balance'],
  '/console/money/statements': ['/v1/billing/statements'],
  '/console/money/postings': ['/v1/billing/balance'],
  '/console/money/findings': ['/v1/billing/findings'],
  '/console/policy': ['/v1/policies'],
  '/console/policy/start-hook': ['/v1/policies'],
  '/console/phones': ['/v1/phones'],
  '/console/texts': ['/v1/texts'],
  '/console/webhooks': ['/v1/webhook-endpoints'],
  '/console/webhooks/{id}': ['/v1/webhook-endpoints/{id}/deliveries', '/v1/webhook-endpoints/{id}'],
  '/console/keys': ['/v1/api-keys'],
  '/console/keys/{id}': ['/v1/api-keys/{id}'],
  '/console/doors': ['/v1/compat-credentials'],
  '/console/doors/{id}': ['/v1/compat-credentials/{id}'],
  '/console/prices': ['/v1/prices'],
  '/console/prices/{id}': ['/v1/prices/{id}'],
  '/console/costs': ['/v1/account-costs'],
  '/console/costs/{id}': ['/v1/account-costs/{id}'],
  '/console/erasures': ['/v1/erasures'],
  '/console/erasures/{id}': ['/v1/erasures/{id}'],
  '/console/tenants': ['/v1/tenants'],
  '/console/tenants/{id}': ['/v1/tenants/{id}'],
}

/** The address under which the reader sees this installation. */
export const originOf = ({ app, c }: Visit): string => app.config.PUBLIC_URL ?? new URL(c.req.url).origin

/** The page as calls of the API, to be pasted into a shell; nothing for a page without one. */
export function apiCall(visit: Visit, { section, asked }: Page): Html {
  const { t, c, user } = visit
  const paths = CALLS[c.get('exchange').route ?? '']
  if (!paths || !user || section === null) return NONE
  // A search may turn it into one that the API has.
  if (asked === null) return html`<details class="as-api" data-api hidden></details>`
  const lines = paths.map((path, i) => curl(visit, path, i === 0 ? (asked ?? {}) : {}))
  return html`<details class="as-api" data-api><summary id="as-api">${t.copy.asApi}</summary>
${copiedLines(visit, t.copy.asApi, 'as-api', lines.join('\n'))}<p class="soft">${t.copy.asApiHelp} <a href="/docs">${t.shell.docs}</a></p></details>`
}

/** Encoded queries and ids hold nothing that a shell reads between double quotes. */
function curl(visit: Visit, path: string, asked: Record<string, string | undefined>): string {
  const { c, query, acting } = visit
  const own = path.replace('{id}', encodeURIComponent(c.req.param('id') ?? ''))
  const url = withQuery(`${originOf(visit)}${own}`, { ...asked, cursor: asked.cursor ?? query.cursor })
  const tenant = acting ? ` -H "Ringproof-Tenant: ${acting}"` : ''
  return `curl -s "${url.replaceAll('%3A', ':')}" -H "Authorization: Bearer $KEY"${tenant}`
}
