import { createCompat, getCompat, listCompats, revokeCompat } from '../../access/compat-credentials.ts'
import {
  type CompatSecrets,
  type CompatView,
  CreateCompatInput,
  FACADES,
} from '../../access/compat-schemas.ts'
import { AppError } from '../../errors.ts'
import { type Html, html, when } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { say } from '../../words/text.ts'
import { csrfField } from '../csrf.ts'
import { Form } from '../form.ts'
import type { Console } from '../mount.ts'
import { copiedId } from '../parts/copy.ts'
import { doorLines } from '../parts/door-lines.ts'
import { withQuery } from '../parts/export.ts'
import { secretBox } from '../parts/secret.ts'
import { badge } from '../parts/status.ts'
import { PAGE_LENGTH, table } from '../parts/table.ts'
import { redirect } from '../response.ts'
import type { Member, Page } from '../visit.ts'
import { problemBox } from './errors.ts'

const PATH = '/console/doors'
const NAME_MAX = 100

type Made = CompatView & CompatSecrets

/** Doors for existing clients: list, create and revoke credentials, and what to change in a client. */
export function doorsPages(console: Console): void {
  console.page(PATH, 'admin', (member) => showDoors(member, { form: new Form(), error: null, made: null }))

  console.form(PATH, 'admin', async (member, form) => {
    try {
      const input = {
        facade: form.text('facade'),
        name: form.text('name'),
        livemode: form.text('mode') === 'live',
      }
      const made = await createCompat(member.context, validate(CreateCompatInput, input, 'body'))
      return await showDoors(member, { form: new Form(), error: null, made })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return showDoors(member, { form, error, made: null })
    }
  })

  console.page(`${PATH}/:id`, 'admin', async (member) =>
    showDoor(member, await getCompat(member.context, member), null),
  )

  console.form(`${PATH}/:id`, 'admin', async (member, form) => {
    const { context, c, id } = member
    const door = await getCompat(context, { id })
    if (!form.has('sure')) {
      const error = new AppError('invalid_request', { detail: say('credential_unconfirmed') })
      return showDoor(member, door, error)
    }
    await revokeCompat(context, { id })
    return redirect(c, `${PATH}?revoked=1`)
  })
}

async function showDoors(
  member: Member,
  { form, error, made }: { form: Form; error: AppError | null; made: Made | null },
): Promise<Page> {
  const { t, context, query } = member
  const page = await listCompats(context, { limit: PAGE_LENGTH, cursor: query.cursor || undefined })
  return {
    title: t.nav.doors,
    section: 'doors',
    status: error?.status ?? 200,
    body: html`<h1>${t.nav.doors}</h1><p>${t.doors.about}</p>
${when(query.revoked && !made && !error, () => html`<p class="box good" role="status">${t.doors.revoked}</p>`)}
${when(made, (door) => html`${madeBox(member, door)}${doorLines(member, door.facade, door)}`)}
${doorsTable(member, page.data)}
<nav class="pager" aria-label="${t.table.pages}">${when(page.next_cursor, (cursor) => html`<a class="button" href="${withQuery(PATH, { cursor })}">${t.table.older}</a>`)}</nav>
<section aria-labelledby="new"><h2 id="new">${t.doors.create}</h2>${problemBox(member, error)}${doorForm(member, form)}</section>`,
  }
}

function doorsTable(member: Member, doors: readonly CompatView[]): Html {
  const { t } = member
  return table(
    t.nav.doors,
    [
      { title: t.keys.name },
      { title: t.doors.facade },
      { title: t.keys.mode },
      { title: t.keys.lastUsed, roomy: true },
    ],
    doors.map((door) => [
      html`<a href="${PATH}/${door.id}" class="cut" title="${door.name}">${door.name}</a> <code class="soft">…${door.hint}</code>`,
      html`${door.facade}`,
      modeBadge(member, door),
      lastUse(member, door),
    ]),
    html`<p>${t.doors.none}</p>`,
  )
}

const lastUse = ({ t, format }: Member, { last_used_at: at }: CompatView): Html =>
  at === null ? html`<span class="soft">${t.keys.never}</span>` : format.moment(at)

const modeBadge = ({ t }: Member, { livemode }: CompatView): Html =>
  livemode ? badge('busy', t.shell.live) : badge('warn', t.shell.test)

function madeBox(member: Member, made: Made): Html {
  const { t } = member
  const secrets: Record<string, string> =
    'token' in made ? { token: made.token } : { 'access key': made.access_key, 'sign key': made.sign_key }
  return secretBox(member, { title: t.doors.made(made.name), note: t.doors.onlyOnce }, secrets)
}

/** A test key can create only test credentials. */
function doorForm(member: Member, form: Form): Html {
  const { t, user } = member
  const facade = form.text('facade') || FACADES[0]
  const modes = user.actor.livemode ? (['live', 'test'] as const) : (['test'] as const)
  const mode = form.text('mode') || modes[0]
  return html`<form method="post" action="${PATH}" class="stack panel">${csrfField(member)}
<div class="field"><label for="name">${t.keys.name}</label><input id="name" name="name" value="${form.text('name')}" required maxlength="${NAME_MAX}" autocomplete="off"></div>
<fieldset><legend>${t.doors.facade}</legend><div class="checks">${FACADES.map(
    (name) =>
      html`<label><input type="radio" name="facade" value="${name}"${name === facade ? html` checked` : ''}> ${name}</label>`,
  )}</div></fieldset>
<fieldset><legend>${t.keys.mode}</legend><div class="checks">${modes.map(
    (name) =>
      html`<label><input type="radio" name="mode" value="${name}"${name === mode ? html` checked` : ''}> ${t.keys.modes[name]}</label>`,
  )}</div></fieldset>
<p><button class="main">${t.doors.create}</button></p></form>`
}

function showDoor(member: Member, door: CompatView, error: AppError | null): Page {
  const { t, format, id } = member
  return {
    title: door.name,
    section: 'doors',
    status: error?.status ?? 200,
    body: html`<p class="crumbs"><a href="${PATH}">${t.nav.doors}</a></p>
<div class="head"><h1>${door.name}</h1>${modeBadge(member, door)}</div>
${problemBox(member, error)}
<dl class="facts"><div><dt>${t.facts.id}</dt><dd>${copiedId(member, door.id)}</dd></div><div><dt>${t.doors.facade}</dt><dd>${door.facade}</dd></div>
<div><dt>${t.keys.hint}</dt><dd><code>…${door.hint}</code></dd></div><div><dt>${t.keys.createdAt}</dt><dd>${format.moment(door.created_at)}</dd></div>
<div><dt>${t.keys.lastUsed}</dt><dd>${lastUse(member, door)}</dd></div></dl>
${doorLines(member, door.facade, null)}
<section aria-labelledby="revoke"><h2 id="revoke">${t.keys.revoke}</h2><p class="soft">${t.doors.revokeHelp}</p>
<form method="post" action="${PATH}/${id}" class="row">${csrfField(member)}<div class="checks"><label><input type="checkbox" name="sure" value="1"> ${t.doors.sure}</label></div>
<button class="danger">${t.keys.revoke}</button></form></section>`,
  }
}
