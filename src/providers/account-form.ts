import type { Language } from '../words/text.ts'

/** What a field is called and, if that is not enough, what it does or where the operator shows it. */
export type FieldWords = readonly [label: string, help?: string]

type FieldTable<Name extends PropertyKey> = Readonly<Record<Name, FieldWords>>

/**
 * How people fill in an account: the fields in the operator's own words. `about`: what it does and what one needs.
 * `address`: help for its base URL.
 */
export type AccountWords<Credential extends string = string, Setting extends string = string> = {
  title: string
  about: string
  address?: string
  credentials: FieldTable<Credential>
  settings: FieldTable<Setting>
}

/** `first`: the settings that one must look at; the others come behind them. */
export type AccountForm<Credential extends string = string, Setting extends string = string> = {
  first: readonly Setting[]
  words: Record<Language, AccountWords<Credential, Setting>>
}
