import { TEXT_KINDS, type TextKind } from '../channels/channels.ts'
import { validate } from '../input/validate.ts'
import { TextsChanges, type TextsView } from '../texts/schemas.ts'
import { Form } from './form.ts'

export const TEXT_FIELDS = ['app', 'domain', 'android_hash', 'default_language'] as const

/** Every language that has a text, own or built in. */
export const languagesOf = ({ previews }: TextsView): string[] =>
  [...new Set(TEXT_KINDS.flatMap((kind) => Object.keys(previews[kind])))].sort()

/** Those languages, and more that the form has fields for: added in a preview, and not saved yet. */
export const languagesIn = (form: Form, kind: TextKind, texts: TextsView): string[] => {
  const written = form.names().filter((name) => name.startsWith(`${kind}.`))
  return [...new Set([...languagesOf(texts), ...written.map((name) => name.slice(kind.length + 1))])].sort()
}

/** The form filled in from the texts. */
export function formOf(texts: TextsView): Form {
  const fields = new URLSearchParams()
  for (const name of TEXT_FIELDS) fields.set(name, texts[name] ?? '')
  for (const kind of TEXT_KINDS) {
    for (const language of languagesOf(texts)) fields.set(`${kind}.${language}`, texts[kind][language] ?? '')
  }
  return new Form(fields)
}

/** What the form changes; empty fields remove. Throws 422 for what no texts can have. */
export function changesIn(form: Form, texts: TextsView): TextsChanges {
  const changes: Record<string, unknown> = {}
  for (const name of TEXT_FIELDS) {
    const value = form.text(name) || null
    if (value !== texts[name]) changes[name] = value
  }
  for (const kind of TEXT_KINDS) {
    const written = languagesIn(form, kind, texts).map(
      (tag) => [tag, form.text(`${kind}.${tag}`) || null] as const,
    )
    const changed = written.filter(([tag, template]) => template !== (texts[kind][tag] ?? null))
    const added = form.text(`new_${kind}`)
    const all = added ? [...changed, [form.text('language'), added] as const] : changed
    if (all.length > 0) changes[kind] = Object.fromEntries(all)
  }
  return validate(TextsChanges, changes, 'body')
}
