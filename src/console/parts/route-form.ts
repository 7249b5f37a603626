import { CHANNELS, type Channel } from '../../channels/channels.ts'
import type { AppError } from '../../errors.ts'
import { type Html, html, when } from '../../html/html.ts'
import type { AccountView } from '../../routing/schemas.ts'
import { whatLacks } from '../../routing/used-by.ts'
import { accountWords } from '../account-words.ts'
import { csrfField } from '../csrf.ts'
import { faultOf } from '../fault.ts'
import type { Form } from '../form.ts'
import type { Member } from '../visit.ts'
import { badge } from './status.ts'

/** A route as it is being filled in. `moved`: the button that was pressed, which keeps the focus. */
export type RouteDraft = { prefix: string; channel: Channel; accounts: string[]; moved?: string }

/** The draft in a form, after the button that was pressed: nothing is saved by moving. */
export function draftOf(form: Form): RouteDraft {
  const channel = CHANNELS.find((known) => known === form.text('channel')) ?? 'flash_call'
  const accounts = form.all('accounts')
  const moved = form.text('move')
  const [verb, id = ''] = moved.split(' ')
  const at = accounts.indexOf(id)
  const others = accounts.filter((account) => account !== id)
  const target = { up: Math.max(at - 1, 0), down: at + 1, add: others.length }[verb ?? '']
  const isKnown = verb === 'add' || at >= 0
  const changed = target === undefined ? others : others.toSpliced(target, 0, id)
  return {
    prefix: form.text('prefix'),
    channel,
    accounts: isKnown && id !== '' ? changed : accounts,
    ...(moved && { moved }),
  }
}

/** The form for a route: the accounts are put in order by dragging, or by buttons that need no script. */
export function routeForm(
  member: Member,
  path: string,
  draft: RouteDraft,
  known: readonly AccountView[],
  error: AppError | null,
): Html {
  const { t, user } = member
  const prefix = faultOf(member, error, 'prefix')
  const chosen = faultOf(member, error, 'accounts')
  const rest = known.filter(({ id }) => !draft.accounts.includes(id))
  const [able, unable] = [
    rest.filter((account) => lackOf(member, account, draft.channel) === null),
    rest.filter((account) => lackOf(member, account, draft.channel) !== null),
  ]
  return html`<form method="post" action="${path}" class="stack panel" data-order>${csrfField(member)}
<button class="hidden" name="action" value="save" tabindex="-1" aria-hidden="true">${t.routes.save}</button>
<div class="row"><div class="field"><label for="channel">${t.routes.channel}</label><select id="channel" name="channel">${CHANNELS.map(
    (name) =>
      html`<option value="${name}"${name === draft.channel ? html` selected` : ''}>${t.channels[name]}</option>`,
  )}</select></div><button name="move" value="channel" formnovalidate${focusOf(draft, 'channel')}>${t.routes.useChannel}</button></div>
<div class="field"><label for="prefix">${t.routes.prefix} <span class="soft">${t.routes.prefixHelp}</span></label><input id="prefix" name="prefix" value="${draft.prefix}" required maxlength="20" autocomplete="off" placeholder="+7"${prefix.mark}>${prefix.text}</div>
<fieldset><legend>${t.routes.accounts} <span class="soft">${t.routes.order}</span></legend>
<ol class="order">${draft.accounts.map((id) => item(member, draft, { id, account: known.find((one) => one.id === id) }))}</ol>
${when(draft.accounts.length === 0, () => html`<p class="soft">${known.length > 0 ? t.routes.empty : html`<a href="/console/operators/new">${t.routes.noAccounts}</a>`}</p>`)}${chosen.text}
<p class="soft" role="status" data-announce>${draft.moved ? t.routes.unsaved : ''}</p></fieldset>
${when(rest.length > 0, () => html`<div><p><strong>${t.routes.others}</strong></p><ul class="spare">${able.map(({ id, name }) => html`<li><button name="move" value="add ${id}" formnovalidate>${t.routes.add(name)}</button></li>`)}${unable.map((account) => html`<li>${account.name} <span class="soft">${lackOf(member, account, draft.channel)}</span></li>`)}</ul></div>`)}
<p class="soft">${t.routes.failover} ${t.forms.recorded(user.keyName)}</p>
<p><button class="main" name="action" value="save">${t.routes.save}</button></p></form>`
}

function item(
  member: Member,
  draft: RouteDraft,
  { id, account }: { id: string; account: AccountView | undefined },
): Html {
  const { t } = member
  const name = account?.name ?? id
  const lack = account && lackOf(member, account, draft.channel)
  const button = (verb: string, sign: string, label: string) =>
    html`<button class="quiet" name="move" value="${verb} ${id}" formnovalidate title="${label}" aria-label="${label}"${focusOf(draft, `${verb} ${id}`)}>${sign}</button>`
  return html`<li data-name="${name}"><input type="hidden" name="accounts" value="${id}"><span class="grip" aria-hidden="true">⠿</span><span class="grow">${name}${when(account?.enabled === false, () => html` ${badge('warn', t.accounts.disabled)}`)}${when(lack, (why) => html` <span class="fault">${why}</span>`)}</span>
${button('up', '↑', t.routes.up(name))}${button('down', '↓', t.routes.down(name))}${button('out', '✕', t.routes.out(name))}</li>`
}

const focusOf = ({ moved }: RouteDraft, value: string) => (moved === value ? html` autofocus` : '')

/** Why an account cannot serve the channel; null if it can. */
function lackOf(member: Member, account: AccountView, channel: Channel): string | null {
  const { t, context } = member
  const lack = whatLacks(context, account, channel)
  if (!lack) return null
  const why =
    lack.key === 'account_without_channel'
      ? t.routes.noChannel(t.channels[channel])
      : accountWords(member, lack, account.provider)
  return t.routes.cannot(why)
}
