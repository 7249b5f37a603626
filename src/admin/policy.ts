import { validate } from '../input/validate.ts'
import { getPolicy, updatePolicy } from '../limits/manage.ts'
import { PolicyChanges } from '../limits/schemas.ts'
import { command, type Noun, refuseTwice, TENANT, UsageError } from './command.ts'

export const policyNoun: Noun = {
  show: command({
    says: 'Shows the policy of a tenant.',
    options: TENANT,
    async run(installation, { tenant }) {
      return getPolicy(await installation.as(tenant))
    },
  }),
  set: command({
    says: 'Changes fields, e.g. starts_per_phone_day=20 deny_prefixes=\'["+7900"]\' conversion_guard=null.',
    words: ['<field>=<JSON>…'],
    options: TENANT,
    async run(installation, { tenant }, words) {
      const fields = words.map(readField)
      refuseTwice(fields.map(([name]) => name))
      const changes = validate(PolicyChanges, Object.fromEntries(fields), 'body')
      return updatePolicy(await installation.as(tenant), changes)
    },
  }),
}

function readField(text: string): [string, unknown] {
  const [, field = '', value = ''] = /^([a-z0-9_]+)=(.*)$/s.exec(text) ?? []
  try {
    return [field, JSON.parse(value)]
  } catch {
    throw new UsageError(`${text}: must be <field>=<JSON>, e.g. starts_per_phone_day=20`)
  }
}
