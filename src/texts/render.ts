import type { TextKind } from '../channels/channels.ts'
import { languageAndParents } from '../values/language.ts'
import { BUILT_IN } from './built-in.ts'
import type { OwnTexts } from './schemas.ts'

/** What a text is for. `locale`: of the start, canonical. `phone`: E.164. `minutes`: how long the code lives. */
export type Occasion = { locale: string | null; phone: string; code: string; minutes: number }

/** The text of a message or voice call, in the language for its reader. It contains the code: keep it in memory. */
export function textFor(texts: OwnTexts, kind: TextKind, occasion: Occasion): string {
  const templates = templatesOf(texts, kind)
  const fallback = occasion.phone.startsWith('+7') ? 'ru' : 'en'
  const language = [occasion.locale, texts.default_language, fallback]
    .flatMap((tag) => (tag ? languageAndParents(tag) : []))
    .find((tag) => templates.has(tag))
  return render(texts, kind, templates.get(language ?? fallback) ?? '', occasion)
}

/** The templates by language: the tenant’s own, and the built-in ones for other languages. */
export function templatesOf(texts: OwnTexts, kind: TextKind): Map<string, string> {
  const builtIn = Object.entries(BUILT_IN[kind]).map(
    ([language, { withApp, plain }]) => [language, texts.app ? withApp : plain] as const,
  )
  return new Map([...builtIn, ...Object.entries(texts[kind])])
}

/** Fills in a template. In an SMS, adds the last line that browsers and Android apps read the code from. */
export function render(
  texts: OwnTexts,
  kind: TextKind,
  template: string,
  { code, minutes }: Pick<Occasion, 'code' | 'minutes'>,
): string {
  const values: Record<string, string> = {
    code: kind === 'voice' ? spelled(code) : code,
    app: texts.app ?? '',
    ttl_minutes: String(minutes),
  }
  const text = template.replace(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all)
  const end = kind === 'sms' ? lastLine(texts, code) : ''
  return end === '' ? text : `${text}\n${end}`
}

/** Digits apart, so that a voice reads them one by one. */
const spelled = (code: string) => [...code].join(', ')

/**
 * `@domain #code hash`. Browsers read the last line, which must begin with the domain, and ignore what follows
 * the code (https://wicg.github.io/sms-one-time-codes/#parsing); SMS Retriever needs the hash, in older
 * versions at the end of the message (https://developers.google.com/identity/sms-retriever/verify).
 */
function lastLine({ domain, android_hash }: OwnTexts, code: string): string {
  return [domain && `@${domain} #${code}`, android_hash].filter(Boolean).join(' ')
}
