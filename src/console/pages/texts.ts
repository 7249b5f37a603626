import { requireLive } from '../../access/livemode.ts'
import { TEXT_KINDS, type TextKind } from '../../channels/channels.ts'
import { AppError } from '../../errors.ts'
import { type Html, html, when } from '../../html/html.ts'
import { getTexts, previewTexts, updateTexts } from '../../texts/manage.ts'
import type { TextsView } from '../../texts/schemas.ts'
import { say } from '../../words/text.ts'
import { csrfField } from '../csrf.ts'
import type { Form } from '../form.ts'
import type { Console } from '../mount.ts'
import { nameOf } from '../policy-form.ts'
import { redirect } from '../response.ts'
import { changesIn, formOf, languagesIn, TEXT_FIELDS } from '../texts-form.ts'
import type { Member, Page } from '../visit.ts'
import { problemBox } from './errors.ts'

const PATH = '/console/texts'

/** `saved`: the tenant's texts. `shown`: those, or what they would become. */
type Shown = { saved: TextsView; shown: TextsView; form: Form; error: AppError | null }

/** A tenant's texts of SMS and voice calls, with previews. */
export function textsPages(console: Console): void {
  console.page(PATH, 'admin', async (member) => {
    const saved = await getTexts(member.context)
    return showTexts(member, { saved, shown: saved, form: formOf(saved), error: null })
  })

  console.form(PATH, 'admin', async (member, form) => {
    const { context, c } = member
    const saved = await getTexts(context)
    try {
      const changes = changesIn(form, saved)
      if (form.text('action') !== 'save') {
        const shown = await previewTexts(context, changes)
        return showTexts(member, { saved, shown, form: formOf(shown), error: null })
      }
      requireLive(context.actor)
      if (form.text('seen') !== nameOf(saved))
        throw new AppError('conflict', { detail: say('texts_changed') })
      await updateTexts(context, changes)
      return redirect(c, `${PATH}?saved=1`)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return showTexts(member, { saved, shown: saved, form, error })
    }
  })
}

function showTexts(member: Member, { saved, shown, form, error }: Shown): Page {
  const { t, query, user } = member
  return {
    title: t.nav.texts,
    section: 'texts',
    status: error?.status ?? 200,
    body: html`<h1>${t.nav.texts}</h1><p class="lead">${t.texts.intro}</p>
${when(query.saved && !error, () => html`<p class="box good" role="status">${t.texts.saved}</p>`)}
${problemBox(member, error)}
<form class="texts" method="post" action="${PATH}">${csrfField(member)}<input type="hidden" name="seen" value="${nameOf(saved)}">
<div class="fields">${TEXT_FIELDS.map(
      (name) => html`<div class="field"><label for="${name}">${t.texts.fields[name]}</label>
<input id="${name}" name="${name}" value="${form.text(name)}" autocomplete="off" spellcheck="false"><span class="soft">${t.texts.hints[name]}</span></div>`,
    )}</div>
${TEXT_KINDS.map((kind) => templates(member, kind, shown, form))}
<section aria-labelledby="more"><h2 id="more">${t.texts.more}</h2><div class="fields">
<div class="field"><label for="language">${t.texts.language}</label>
<input id="language" name="language" value="${form.text('language')}" autocomplete="off" spellcheck="false"></div>
${TEXT_KINDS.map((kind) => field(t.texts.kinds[kind], `new_${kind}`, form.text(`new_${kind}`)))}</div></section>
${when(!user.actor.livemode, () => html`<p>${t.texts.liveOnly}</p>`)}
<p><button class="main" name="action" value="preview">${t.texts.preview}</button>${when(
      user.actor.livemode,
      () => html` <button name="action" value="save">${t.texts.save}</button>`,
    )}</p></form>`,
  }
}

function templates(member: Member, kind: TextKind, shown: TextsView, form: Form): Html {
  const { t } = member
  return html`<section aria-labelledby="${kind}"><h2 id="${kind}">${t.texts.kinds[kind]}</h2><p class="soft">${t.texts.emptyIsBuiltIn}</p>
<div class="fields">${languagesIn(form, shown).map((language) =>
    field(
      `${t.texts.kinds[kind]} (${language})`,
      `${kind}.${language}`,
      form.text(`${kind}.${language}`),
      previewOf(member, kind, shown, language),
    ),
  )}</div></section>`
}

function field(label: string, name: string, value: string, note: Html = html``): Html {
  return html`<div class="field"><label for="${name}">${label}</label>
<textarea id="${name}" name="${name}" rows="3" maxlength="500" dir="auto">${value}</textarea>${note}</div>`
}

function previewOf({ t, format }: Member, kind: TextKind, shown: TextsView, language: string): Html {
  const found = shown.previews[kind][language]
  if (!found) return html``
  const sms = kind === 'sms' ? shown.previews.sms[language] : undefined
  const size = sms
    ? t.texts.smsSize(format.number(sms.length), t.texts.encodings[sms.encoding], format.number(sms.segments))
    : t.texts.size(format.number(found.length))
  return html`<p lang="${language}" dir="auto">${found.text.split('\n').map((line, i) => html`${when(i > 0, () => html`<br>`)}${line}`)}</p><span class="soft">${size}</span>`
}
