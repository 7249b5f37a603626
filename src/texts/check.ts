import { CHANNEL_FACTS, TEXT_KINDS } from '../channels/channels.ts'
import { type FieldError, invalidFields } from '../errors.ts'
import { languageAndParents } from '../values/language.ts'
import { LIFETIME_SECONDS } from '../values/lifetimes.ts'
import { say } from '../words/text.ts'
import { render, templatesOf } from './render.ts'
import type { OwnTexts } from './schemas.ts'
import { smsSize } from './segments.ts'

const LANGUAGES_MAX = 50
const SEGMENTS_MAX = 4

/** The longest values that placeholders can have. */
const LONGEST = {
  code: '0'.repeat(CHANNEL_FACTS.sms.codeLength.max),
  minutes: LIFETIME_SECONDS.maxWithWorkflow / 60,
}

/** Throws 422 for texts whose parts do not fit together, at each part to change. */
export function requireSound(texts: OwnTexts): void {
  const errors = [...faultsOfTemplates(texts), ...faultsOfSms(texts), ...faultsOfDefault(texts)]
  if (errors.length > 0) throw invalidFields(errors)
}

function faultsOfTemplates(texts: OwnTexts): FieldError[] {
  return TEXT_KINDS.flatMap((kind) => {
    const own = Object.entries(texts[kind])
    if (own.length > LANGUAGES_MAX) return [{ path: kind, text: say('too_many', { max: LANGUAGES_MAX }) }]
    return own
      .filter(([, template]) => texts.app === null && template.includes('{app}'))
      .map(([language]) => ({ path: `${kind}.${language}`, text: say('text_without_app') }))
  })
}

function faultsOfSms(texts: OwnTexts): FieldError[] {
  return [...templatesOf(texts, 'sms')].flatMap(([language, template]) => {
    const { length, encoding, segments } = smsSize(render(texts, 'sms', template, LONGEST))
    const path = `sms.${language}`
    if (texts.android_hash && segments > 1) {
      const max = encoding === 'gsm7' ? 160 : 70
      return [{ path, text: say('text_over_140_bytes', { length, max }) }]
    }
    return segments > SEGMENTS_MAX
      ? [{ path, text: say('text_segments', { segments, max: SEGMENTS_MAX }) }]
      : []
  })
}

function faultsOfDefault(texts: OwnTexts): FieldError[] {
  const { default_language: language } = texts
  if (language === null) return []
  const isWritten = TEXT_KINDS.some((kind) =>
    languageAndParents(language).some((tag) => templatesOf(texts, kind).has(tag)),
  )
  return isWritten ? [] : [{ path: 'default_language', text: say('language_without_text') }]
}
