import { CHANNELS } from '../../channels/channels.ts'
import { AppError, invalid } from '../../errors.ts'
import { type Html, html, when } from '../../html/html.ts'
import { type CallQuote, quoteCall } from '../../overview/call-quote.ts'
import { parsePhone } from '../../values/phone.ts'
import { cleanPrefix } from '../../values/phone-schemas.ts'
import { Form } from '../form.ts'
import type { Console } from '../mount.ts'
import { field } from '../parts/field.ts'
import { table } from '../parts/table.ts'
import { priceTabs } from '../parts/tariff-fields.ts'
import type { Member } from '../visit.ts'
import { problemBox } from './errors.ts'

const PATH = '/console/quote'

/** What a call costs now and what it earns. */
export function quotePage(console: Console): void {
  console.page(PATH, 'admin', async (member) => {
    const { t, query } = member
    const form = new Form(new URLSearchParams(query))
    const { quote, error } = await ask(member, form)
    return {
      title: t.prices.tabs.quote,
      section: 'prices',
      status: error?.status ?? 200,
      body: html`<h1>${t.prices.tabs.quote}</h1>${priceTabs(member, 'quote')}<p class="lead">${t.prices.quoteHelp}</p>
${problemBox(member, error)}
<form method="get" action="${PATH}" class="filters">${field(member, { form, error }, ['phone', t.prices.phoneOrPrefix], { attributes: html` placeholder="+7924" required` })}
${field(member, { form, error }, ['channel', t.attempts.channel], { options: CHANNELS.map((name) => [name, t.channels[name]]) })}
<button>${t.money.show}</button></form>
${when(quote, (found) => answer(member, found))}`,
    }
  })
}

async function ask({ context, query }: Member, form: Form) {
  if (form.text('phone') === '') return { quote: null, error: null }
  try {
    const channel = CHANNELS.find((name) => name === (form.text('channel') || CHANNELS[0]))
    if (!channel) throw invalid('channel', 'one_of', { values: CHANNELS.join(', ') })
    const phone = phoneIn(query.phone ?? '', context.actor.defaultRegion)
    return { quote: await quoteCall(context, { phone, channel }), error: null }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { quote: null, error }
  }
}

/** A phone in any notation, or the beginning of one. A blank at the start is an unencoded `+`. */
function phoneIn(text: string, region: string | null): string {
  const typed = text.startsWith(' ') ? `+${text.trim()}` : text.trim()
  const prefix = cleanPrefix(typed)
  const phone = parsePhone(typed, region)?.e164 ?? (/^\+\d{1,15}$/.test(prefix) ? prefix : null)
  if (phone === null) throw invalid('phone', 'phone')
  return phone
}

function answer(member: Member, { price, accounts }: CallQuote): Html {
  const { t, format } = member
  const per = (name: string) => t.prices.pers[name as keyof typeof t.prices.pers]
  return html`<section aria-labelledby="answer"><h2 id="answer">${t.prices.now}</h2>
<dl class="figures"><div class="panel"><dt>${t.prices.tenantPays}</dt><dd class="figure">${price ? format.money(price.money) : t.prices.nothing}</dd>${when(price, (found) => html`<dd class="soft">${per(found.per)} · <span class="number">${found.prefix}</span></dd>`)}</div></dl>
<p class="soft">${t.prices.earnedHelp}</p>
${table(
  t.prices.byAccount,
  [
    { title: t.operators.account },
    { title: t.money.cost, numeric: true },
    { title: t.prices.per, roomy: true },
    { title: t.prices.earned, numeric: true },
  ],
  accounts.map(({ name, provider, cost, earned }) => [
    html`${name} <span class="soft">${provider}</span>`,
    cost ? html`${format.money(cost.money)}` : html`<span class="soft">${t.prices.unknown}</span>`,
    cost ? html`${per(cost.per)}` : html``,
    html`${format.money(earned)}`,
  ]),
  html`<p>${t.prices.noRoute}</p>`,
)}</section>`
}
