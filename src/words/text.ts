import { en } from './en.ts'
import { ru } from './ru.ts'

export const LANGUAGES = ['en', 'ru'] as const
export type Language = (typeof LANGUAGES)[number]

const TABLES: Record<Language, typeof en> = { en, ru }

export type Key = keyof typeof en

/** What a key needs beside itself. */
export type Params<K extends Key> = (typeof en)[K] extends (params: infer P) => string ? [params: P] : []

/** What a person is told, in no language yet; it survives JSON. */
export type Text = { [K in Key]: Params<K> extends [infer P] ? { key: K; params: P } : { key: K } }[Key]

export function say<K extends Key>(key: K, ...[params]: Params<K>): Text {
  return (params === undefined ? { key } : { key, params }) as Text
}

/** A text of ours, or what an operator said, as it came: that is shown as it is in every language. */
export type Words = Text | { said: string }

export function inWords(language: Language, words: Words): string {
  if ('said' in words) return words.said
  // Kept words may be those of a newer version.
  const entry = TABLES[language][words.key] ?? words.key
  return typeof entry === 'string' ? entry : (entry as (params: unknown) => string)(paramsOf(words))
}

const paramsOf = (text: Text) => ('params' in text ? text.params : undefined)

/** Words where only a string can stand: in a column, or as the message of a schema's issue. */
export const pack = (words: Words): string => JSON.stringify(words)

/** Any other string counts as said. */
export function unpack(packed: string): Words {
  return /^\{"(key|said)":/.test(packed) ? (JSON.parse(packed) as Words) : { said: packed }
}

/** A text as the message of a schema's issue; `textOf` reads it back. */
export function issue<K extends Key>(key: K, ...params: Params<K>): string {
  return pack(say(key, ...params))
}

/** The text in the message of an issue; for what the schema library says by itself, that the value is not valid. */
export function textOf(message: string): Text {
  const words = unpack(message)
  return 'said' in words ? say('not_valid') : words
}
