import type { App } from '../context.ts'
import type { FieldWords } from '../providers/account-form.ts'
import { COMMON_WORDS } from '../providers/common-words.ts'
import { type Field, fieldsOf } from '../providers/fields.ts'
import type { Provider } from '../providers/provider.ts'
import type { Language } from '../words/text.ts'
import { providerOf } from './account-draft.ts'

/** `path`: as in the body of a request, `credentials.token`. */
export type FormField = Field & { label: string; help: string | undefined }

/** What a person fills in for an account. `first`, `more`: its settings. */
export type OperatorForm = {
  provider: string
  title: string
  about: string
  /** Of its API; empty: it has none of its own. */
  defaultBaseUrl: string
  addressHelp: string | undefined
  credentials: FormField[]
  first: FormField[]
  more: FormField[]
}

/** The form of an operator in a language. Throws 422 for an unknown one. */
export function operatorForm(app: Pick<App, 'providers'>, name: string, language: Language): OperatorForm {
  return formOf(providerOf(app, name), language)
}

/** The forms of all operators, in the order of the registry. */
export function operatorForms({ providers }: Pick<App, 'providers'>, language: Language): OperatorForm[] {
  return Object.values(providers).map((provider) => formOf(provider, language))
}

function formOf({ name, form, defaultBaseUrl, credentials, settings }: Provider, language: Language) {
  const { title, about, address, ...own } = form.words[language]
  const known: Readonly<Record<string, FieldWords>> = { ...COMMON_WORDS[language], ...own.settings }
  const all = named(fieldsOf(settings), 'settings', known)
  const isFirst = ({ path }: FormField) => form.first.some((key) => path === `settings.${key}`)
  return {
    provider: name,
    title,
    about,
    defaultBaseUrl,
    addressHelp: address,
    credentials: named(fieldsOf(credentials), 'credentials', own.credentials),
    first: all.filter(isFirst),
    more: all.filter((field) => !isFirst(field)),
  }
}

function named(fields: Field[], part: string, words: Readonly<Record<string, FieldWords>>): FormField[] {
  return fields.map((field) => {
    const [label, help] = words[field.path] ?? [field.path]
    return { ...field, path: `${part}.${field.path}`, label, help }
  })
}
