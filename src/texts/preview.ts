import { render, templatesOf } from './render.ts'
import type { OwnTexts, TextsView } from './schemas.ts'
import { smsSize } from './segments.ts'

const EXAMPLE = { code: '123456', minutes: 5 }

/** The texts with a preview of each, the tenant's own and the built-in ones. */
export function viewOf(texts: OwnTexts): TextsView {
  const sms = [...templatesOf(texts, 'sms')].map(([language, template]) => {
    const text = render(texts, 'sms', template, EXAMPLE)
    return [language, { text, built_in: !Object.hasOwn(texts.sms, language), ...smsSize(text) }] as const
  })
  const voice = [...templatesOf(texts, 'voice')].map(([language, template]) => {
    const text = render(texts, 'voice', template, EXAMPLE)
    return [language, { text, built_in: !Object.hasOwn(texts.voice, language), length: text.length }] as const
  })
  return { ...texts, previews: { sms: Object.fromEntries(sms), voice: Object.fromEntries(voice) } }
}
