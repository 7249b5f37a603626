import { en } from './en.ts'
import { ru } from './ru.ts'

export const LANGUAGES = ['en', 'ru'] as const
export type Language = (typeof LANGUAGES)[number]

const TABLES: Record<Language, typeof en> = { en, ru }

export type Key = keyof typeof en

/** The parameters of a key's text, as a tuple. */
export type Params<K extends Key> = (typeof en)[K] extends (params: infer P) => string ? [params: P] : []

/** A text for people, not yet in any language. Survives JSON. */
export type Text = { [K in Key]: Params<K> extends [infer P] ? { key: K; params: P } : { key: K } }[Key]

export function say<K extends Key>(key: K, ...[params]: Params<K>): Text {
  return (params === undefined ? { key } : { key, params }) as Text
}

/** A text of ours, or an operator's own words, which every language shows unchanged. */
export type Words = Text | { said: string }

export function inWords(language: Language, words: Words): string {
  if ('said' in words) return words.said
  // Stored by a newer version, the key may be unknown.
  const entry = TABLES[language][words.key] ?? words.key
  return typeof entry === 'string' ? entry : (entry as (params: unknown) => string)(paramsOf(words))
}

const paramsOf = (text: Text) => ('params' in text ? text.params : undefined)

/** Words as a string, for a column or the message of a schema's issue. */
export const pack = (words: Words): string => JSON.stringify(words)

/** The words that `pack` wrote; any other string counts as an operator's words. */
export function unpack(packed: string): Words {
  return /^\{"(key|said)":/.test(packed) ? (JSON.parse(packed) as Words) : { said: packed }
}

/** A text as the message of a schema's issue; `textOf` reads it back. */
export function issue<K extends Key>(key: K, ...params: Params<K>): string {
  return pack(say(key, ...params))
}

/** The text in the message of an issue; `not_valid` for messages of the schema library itself. */
export function textOf(message: string): Text {
  const words = unpack(message)
  return 'said' in words ? say('not_valid') : words
}
