import { LANGUAGES, type Language } from '../../words/text.ts'
import { type Dictionary, en } from './en.ts'
import { ru } from './ru.ts'

export type { Dictionary }

/** Each language in its own words. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: 'English', ru: 'Русский' }

export const DICTIONARIES: Record<Language, Dictionary> = { en, ru }

/** The language in the cookie, or else the one the browser prefers (`Accept-Language`). */
export function chooseLanguage(chosen: string | undefined, accepted: string | undefined): Language {
  const known = LANGUAGES.find((language) => language === chosen)
  if (known) return known
  const preferences = (accepted ?? '').split(',').map((part) => {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(';')
    const quality = parameters.map((parameter) => /^\s*q=([\d.]+)$/.exec(parameter)?.[1]).find(Boolean)
    return { language: tag.split('-')[0], quality: quality === undefined ? 1 : Number(quality) }
  })
  const best = preferences
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ language }) => LANGUAGES.find((own) => own === language))
    .find(Boolean)
  return best ?? 'en'
}
