import { rotateKey } from '../../access/key-rotate.ts'
import { createKey, getKey, listKeys, revokeKey } from '../../access/keys.ts'
import { CreateKeyInput, type KeyView, OVERLAP_SECONDS, RotateKeyInput } from '../../access/schemas.ts'
import { AppError } from '../../errors.ts'
import { csvTable } from '../../export/csv.ts'
import { type Html, html, when } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { publicId } from '../../values/ids.ts'
import { PAGE_MAX } from '../../values/pages.ts'
import { say } from '../../words/text.ts'
import { csrfField } from '../csrf.ts'
import { Form } from '../form.ts'
import type { Console } from '../mount.ts'
import { copiedId } from '../parts/copy.ts'
import { csvOfList, exportLink, sendCsv, withQuery } from '../parts/export.ts'
import { keyForm } from '../parts/key-form.ts'
import { secretBox } from '../parts/secret.ts'
import { badge } from '../parts/status.ts'
import { PAGE_LENGTH, table } from '../parts/table.ts'
import { redirect } from '../response.ts'
import type { Member, Page } from '../visit.ts'
import { problemBox } from './errors.ts'

const PATH = '/console/keys'
const FILE = csvTable({
  id: 'plain',
  name: 'text',
  hint: 'plain',
  scopes: 'text',
  livemode: 'plain',
  allowed_networks: 'text',
  expires_at: 'plain',
  last_used_at: 'plain',
  created_at: 'plain',
})

type Made = KeyView & { secret: string }

/** API keys: list, create, rotate, revoke. */
export function keysPages(console: Console): void {
  console.page(PATH, 'admin', (member) => showKeys(member, { form: new Form(), error: null, made: null }))

  console.form(PATH, 'admin', async (member, form) => {
    try {
      const made = await createKey(member.context, validate(CreateKeyInput, toInput(form), 'body'))
      return await showKeys(member, { form: new Form(), error: null, made })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return showKeys(member, { form, error, made: null })
    }
  })

  console.page(`${PATH}.csv`, 'admin', (member) => {
    const lines = csvOfList(
      FILE,
      (cursor) => listKeys(member.context, { limit: PAGE_MAX, cursor }),
      (key) => ({
        ...key,
        scopes: key.scopes.join(' '),
        allowed_networks: key.allowed_networks.join(' '),
      }),
    )
    return sendCsv(member, 'keys', lines)
  })

  console.page(`${PATH}/:id`, 'admin', async (member) => showKey(member, await ownKey(member), null, null))

  console.form(`${PATH}/:id`, 'admin', async (member, form) => {
    const { context, c, id } = member
    const key = await ownKey(member)
    try {
      if (form.text('action') === 'revoke') {
        if (!form.has('sure'))
          throw new AppError('invalid_request', { detail: say('revocation_unconfirmed') })
        await revokeKey(context, { id })
        return redirect(c, `${PATH}?revoked=1`)
      }
      const overlap = form.text('overlap_seconds')
      const input = overlap === '' ? {} : { overlap_seconds: Number(overlap) }
      const made = await rotateKey(context, { id, ...validate(RotateKeyInput, input, 'body') })
      return showKey(member, key, null, made)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return showKey(member, key, error, null)
    }
  })
}

/** A key of the user's own tenant. (The API shows an admin the keys of every tenant.) Throws 404. */
async function ownKey({ context, id }: Member): Promise<KeyView> {
  const key = await getKey(context, { id })
  if (key.tenant !== publicId('tenant', context.actor.tenantId)) throw new AppError('not_found')
  return key
}

function toInput(form: Form) {
  const expires = form.text('expires')
  return {
    name: form.text('name'),
    scopes: form.all('scopes'),
    livemode: form.text('mode') === 'live',
    allowed_networks: form
      .text('networks')
      .split(/[\s,;]+/)
      .filter(Boolean),
    expires_at: expires ? `${expires}T23:59:59Z` : null,
  }
}

async function showKeys(
  member: Member,
  { form, error, made }: { form: Form; error: AppError | null; made: Made | null },
): Promise<Page> {
  const { t, context, query } = member
  const page = await listKeys(context, { limit: PAGE_LENGTH, cursor: query.cursor || undefined })
  return {
    title: t.nav.keys,
    section: 'keys',
    status: error?.status ?? 200,
    body: html`<div class="head"><h1>${t.nav.keys}</h1>${exportLink(member, `${PATH}.csv`)}</div>
${when(query.revoked && !made && !error, () => html`<p class="box good" role="status">${t.keys.revoked}</p>`)}
${when(made, (key) => madeBox(member, key))}
${keysTable(member, page.data)}
<nav class="pager" aria-label="${t.table.pages}">${when(page.next_cursor, (cursor) => html`<a class="button" href="${withQuery(PATH, { cursor })}">${t.table.older}</a>`)}</nav>
<section aria-labelledby="new"><h2 id="new">${t.keys.create}</h2>${problemBox(member, error)}${keyForm(member, form)}</section>`,
  }
}

function keysTable(member: Member, keys: readonly KeyView[]): Html {
  const { t, user } = member
  return table(
    t.nav.keys,
    [
      { title: t.keys.name },
      { title: t.keys.mode },
      { title: t.keys.scopes },
      { title: t.keys.lastUsed, roomy: true },
      { title: t.keys.expires, roomy: true },
    ],
    keys.map((key) => [
      html`<a href="${PATH}/${key.id}" class="cut" title="${key.name}">${key.name}</a> <code class="soft">…${key.hint}</code>${isOwn(user, key) ? html` <span class="soft">${t.keys.thisOne}</span>` : ''}`,
      modeBadge(member, key),
      html`${key.scopes.join(', ')}`,
      orNever(member, key.last_used_at),
      orNever(member, key.expires_at),
    ]),
    html`<p>${t.keys.none}</p>`,
  )
}

const orNever = ({ t, format }: Member, at: string | null): Html =>
  at === null ? html`<span class="soft">${t.keys.never}</span>` : format.moment(at)

const isOwn = ({ actor }: Member['user'], { id }: KeyView) => id === publicId('key', actor.keyId)

function modeBadge({ t }: Member, { livemode }: KeyView): Html {
  return livemode ? badge('busy', t.shell.live) : badge('warn', t.shell.test)
}

const madeBox = (member: Member, { name, secret }: Made): Html =>
  secretBox(
    member,
    { title: member.t.keys.made(name), note: member.t.keys.onlyOnce },
    { [member.t.login.key]: secret },
  )

function showKey(member: Member, key: KeyView, error: AppError | null, made: Made | null): Page {
  const { t, format, id, user } = member
  return {
    title: key.name,
    section: 'keys',
    status: error?.status ?? 200,
    body: html`<p class="crumbs"><a href="${PATH}">${t.nav.keys}</a></p>
<div class="head"><h1>${key.name}</h1>${modeBadge(member, key)}</div>
${problemBox(member, error)}${when(made, (fresh) => madeBox(member, fresh))}
<dl class="facts"><div><dt>${t.facts.id}</dt><dd>${copiedId(member, key.id)}</dd></div><div><dt>${t.keys.hint}</dt><dd><code>…${key.hint}</code></dd></div>
<div><dt>${t.keys.scopes}</dt><dd>${key.scopes.join(', ')}</dd></div>
<div><dt>${t.keys.networks}</dt><dd>${key.allowed_networks.join(', ') || t.keys.anywhere}</dd></div>
<div><dt>${t.keys.createdAt}</dt><dd>${format.moment(key.created_at)}</dd></div><div><dt>${t.keys.lastUsed}</dt><dd>${orNever(member, key.last_used_at)}</dd></div>
<div><dt>${t.keys.expires}</dt><dd>${orNever(member, key.expires_at)}</dd></div></dl>
${when(!made && isOwn(user, key), () => html`<p class="box warn">${t.keys.ownWarning}</p>`)}
${when(
  !made,
  () => html`<section aria-labelledby="rotate"><h2 id="rotate">${t.keys.rotate}</h2><p class="soft">${t.keys.rotateHelp}</p>
<form method="post" action="${PATH}/${id}" class="row">${csrfField(member)}<div class="field"><label for="overlap">${t.keys.overlap}</label>
<select id="overlap" name="overlap_seconds">${t.keys.overlaps.map(([seconds, name]) => html`<option value="${seconds}"${seconds === OVERLAP_SECONDS ? html` selected` : ''}>${name}</option>`)}</select></div>
<button name="action" value="rotate">${t.keys.rotate}</button></form></section>
<section aria-labelledby="revoke"><h2 id="revoke">${t.keys.revoke}</h2><p class="soft">${t.keys.revokeHelp}</p>
<form method="post" action="${PATH}/${id}" class="row">${csrfField(member)}<div class="checks"><label><input type="checkbox" name="sure" value="1"> ${t.keys.sure}</label></div>
<button class="danger" name="action" value="revoke">${t.keys.revoke}</button></form></section>`,
)}`,
  }
}
