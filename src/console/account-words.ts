import { operatorForms } from '../routing/account-form.ts'
import { inWords, type Text, type Words } from '../words/text.ts'
import type { Visit } from './visit.ts'

/** Words about an account, where parameters that name its fields as the API does are their labels. `provider`: whose. */
export function accountWords({ app, language, t }: Visit, words: Words, provider?: string): string {
  if ('said' in words || !('params' in words)) return inWords(language, words)
  const fields = operatorForms(app, language)
    .filter((form) => provider === undefined || form.provider === provider)
    .flatMap(({ credentials, first, more }) => [...credentials, ...first, ...more])
  const params = Object.entries(words.params).map(([name, value]) => {
    const field = fields.find(({ path }) => path === value)
    return [name, field ? t.forms.field(field.label) : value]
  })
  return inWords(language, { ...words, params: Object.fromEntries(params) } as Text)
}
