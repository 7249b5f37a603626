import { CHANNELS } from '../../channels/channels.ts'
import { type Html, html } from '../../html/html.ts'
import { TARIFFS, type TariffKind, type TariffView } from '../tariff-kinds.ts'
import type { Member, Visit } from '../visit.ts'
import { type Filled, field } from './field.ts'
import { badge } from './status.ts'

/** The fields of a price or cost that can be changed. */
export function tariffFields(member: Member, kind: TariffKind, filled: Filled, isNew: boolean): Html {
  const { t } = member
  const pers = TARIFFS[kind].pers.map((per) => [per, t.prices.pers[per]] as const)
  const from = { attributes: html` type="datetime-local" step="1"`, help: isNew ? t.prices.fromHelp : '' }
  return html`${field(member, filled, ['prefix', t.operators.prefix], { help: t.prices.prefixHelp, attributes: html` placeholder="+7924" required` })}
${field(member, filled, ['channel', t.attempts.channel], { options: CHANNELS.map((name) => [name, t.channels[name]]) })}
${field(member, filled, ['amount', t.money.amount], { attributes: html` inputmode="decimal" required` })}
${field(member, filled, ['per', t.prices.per], { options: pers })}
${field(member, filled, ['valid_from', t.prices.fromUtc], from)}`
}

/** Whether it is in force, planned or over. */
export function tariffState({ t }: Visit, { valid_from, valid_until }: TariffView, now = Date.now()): Html {
  if (Date.parse(valid_from) > now) return badge('busy', t.prices.states.planned)
  const isOver = valid_until !== null && Date.parse(valid_until) <= now
  return isOver ? badge('calm', t.prices.states.over) : badge('good', t.prices.states.current)
}

/** Whose it is. `accounts`: names by id. */
export function ownerName({ t }: Visit, view: TariffView, accounts: ReadonlyMap<string, string>): string {
  if (view.list) return t.prices.lists[view.list]
  return accounts.get(view.account ?? '') ?? view.account ?? ''
}

const PATHS = { prices: '/console/prices', costs: '/console/costs', quote: '/console/quote' }

/** Tabs of the pages of prices. */
export function priceTabs({ t }: Visit, current: keyof typeof PATHS): Html {
  return html`<nav class="tabs" aria-label="${t.nav.prices}">${(
    Object.keys(PATHS) as (keyof typeof PATHS)[]
  ).map(
    (name) =>
      html`<a href="${PATHS[name]}"${name === current ? html` aria-current="page"` : ''}>${t.prices.tabs[name]}</a>`,
  )}</nav>`
}
