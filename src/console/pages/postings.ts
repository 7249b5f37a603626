import { requireLive } from '../../access/livemode.ts'
import { getBalance } from '../../billing/balance.ts'
import { adjust, topUp } from '../../billing/post-by-hand.ts'
import { AdjustmentInput, type BalanceView, TopUpInput } from '../../billing/schemas.ts'
import { AppError, invalid } from '../../errors.ts'
import { type Html, html } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { toMoney } from '../../values/money.ts'
import { csrfField } from '../csrf.ts'
import { Form } from '../form.ts'
import type { Console } from '../mount.ts'
import { type Filled, field } from '../parts/field.ts'
import { moneyTabs } from '../parts/money-tabs.ts'
import { redirect } from '../response.ts'
import type { Member, Page } from '../visit.ts'
import { problemBox } from './errors.ts'

const PATH = '/console/money/postings'
const KINDS = ['topup', 'credit', 'debit'] as const
const FIELDS = ['kind', 'amount', 'reason', 'reference'] as const

type Movement = { kind: 'topup'; input: TopUpInput } | { kind: 'credit' | 'debit'; input: AdjustmentInput }

/** Top-ups and adjustments, each shown with the balance that it leads to before it is posted. */
export function postingsPages(console: Console): void {
  console.page(PATH, 'admin', async (member) => {
    const balance = await getBalance(member.context)
    return showForm(member, balance, { form: new Form(), error: null })
  })

  console.form(PATH, 'admin', async (member, form) => {
    const { context, c } = member
    const balance = await getBalance(context)
    try {
      requireLive(context.actor)
      const movement = movementIn(form, balance.balance.currency)
      if (form.text('action') === 'change') return showForm(member, balance, { form, error: null })
      if (form.text('action') !== 'post') return showConfirmation(member, balance, form, movement)
      await (movement.kind === 'topup' ? topUp(context, movement.input) : adjust(context, movement.input))
      return redirect(c, '/console/money?posted=1')
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return showForm(member, balance, { form, error })
    }
  })
}

/** The movement in a form, in the tenant's currency. Throws 422. */
function movementIn(form: Form, currency: string): Movement {
  const kind = KINDS.find((name) => name === form.text('kind'))
  if (!kind) throw invalid('kind', 'one_of', { values: KINDS.join(', ') })
  const amount = form.text('amount').replace(',', '.')
  const common = { amount, currency, reference: form.text('reference') || null }
  if (kind === 'topup') return { kind, input: validate(TopUpInput, common, 'body') }
  const input = { ...common, direction: kind, reason: form.text('reason') }
  return { kind, input: validate(AdjustmentInput, input, 'body') }
}

/** Amounts of the API have all their decimal places. */
const microsOf = (amount: string) => BigInt(amount.replace('.', ''))

function showForm(member: Member, balance: BalanceView, filled: Filled): Page {
  const { t, format, context } = member
  const kinds = KINDS.map((name) => [name, t.postings.kinds[name]] as const)
  return {
    title: t.money.tabs.postings,
    section: 'money',
    status: filled.error?.status ?? 200,
    body: html`<h1>${t.money.tabs.postings}</h1>${moneyTabs(member, 'postings')}<p class="lead">${t.postings.intro}</p>
<p>${t.postings.balanceOf(member.user.tenantName)} <strong>${format.money(balance.balance)}</strong></p>
${problemBox(member, filled.error)}${
  context.actor.livemode
    ? html`<form method="post" action="${PATH}" class="panel">${csrfField(member)}<div class="fields">
${field(member, filled, ['kind', t.erasures.kind], { options: kinds })}
${field(member, filled, ['amount', `${t.money.amount}, ${balance.balance.currency}`], { attributes: html` inputmode="decimal" required` })}
${field(member, filled, ['reason', t.phones.reason], { help: t.postings.reasonHelp, attributes: html` maxlength="1000"` })}
${field(member, filled, ['reference', t.postings.reference], { help: t.postings.referenceHelp, attributes: html` maxlength="255"` })}</div>
<p><button class="main" name="action" value="preview">${t.postings.preview}</button></p></form>`
    : html`<p>${t.postings.liveOnly}</p>`
}`,
  }
}

function showConfirmation(member: Member, { balance }: BalanceView, form: Form, movement: Movement): Page {
  const { t, format, user } = member
  const { kind, input } = movement
  const signed = kind === 'debit' ? -input.amount : input.amount
  const after = toMoney(microsOf(balance.amount) + signed, balance.currency)
  const facts: [string, Html | string][] = [
    [t.erasures.tenant, user.tenantName],
    [t.erasures.kind, t.postings.kinds[kind]],
    [t.money.amount, format.money(toMoney(signed, balance.currency))],
    [
      'reason' in input ? t.phones.reason : t.postings.reference,
      'reason' in input ? input.reason : (input.reference ?? '–'),
    ],
    [t.postings.before, format.money(balance)],
    [t.postings.after, html`<strong>${format.money(after)}</strong>`],
  ]
  return {
    title: t.postings.confirm,
    section: 'money',
    body: html`<h1>${t.postings.confirm}</h1>${moneyTabs(member, 'postings')}
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl><p>${t.postings.forGood}</p>
<form method="post" action="${PATH}">${csrfField(member)}${FIELDS.map((name) => html`<input type="hidden" name="${name}" value="${form.text(name)}">`)}
<p><button class="main" name="action" value="post">${t.postings.post}</button> <button name="action" value="change">${t.postings.change}</button></p></form>`,
  }
}
