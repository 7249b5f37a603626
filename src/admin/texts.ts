import { getTexts, previewTexts, updateTexts } from '../texts/manage.ts'
import { TextsChanges } from '../texts/schemas.ts'
import { command, type Noun, TENANT } from './command.ts'
import { fieldOptions, readFields } from './fields.ts'

export const textsNoun: Noun = {
  show: command({
    says: 'Shows what messages and voice calls of a tenant say, with previews.',
    options: TENANT,
    run: async (installation, values) => getTexts(await installation.for(values)),
  }),
  set: command({
    says: 'Changes texts, e.g. --app Acme --sms \'{"en":"{code} is your code for {app}"}\'.',
    options: { ...fieldOptions(TextsChanges), ...TENANT },
    async run(installation, values) {
      const changes = readFields(TextsChanges, values)
      return updateTexts(await installation.for(values), changes)
    },
  }),
  preview: command({
    says: 'Shows the texts as the same options of `set` would leave them; saves nothing.',
    options: { ...fieldOptions(TextsChanges), ...TENANT },
    async run(installation, values) {
      const changes = readFields(TextsChanges, values)
      return previewTexts(await installation.for(values), changes)
    },
  }),
}
