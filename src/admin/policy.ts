import { validate } from '../input/validate.ts'
import { getPolicy, updatePolicy } from '../limits/manage.ts'
import { PolicyChanges } from '../limits/schemas.ts'
import { type Noun, readArgs, TENANT, UsageError } from './noun.ts'

export const policyNoun: Noun = {
  show: {
    usage: '[--tenant ten_…]',
    says: 'The policy of a tenant.',
    async run(installation, args) {
      const { values } = readArgs(args, TENANT)
      return getPolicy(await installation.as(values.tenant))
    },
  },
  set: {
    usage: '<field>=<JSON>… [--tenant ten_…]',
    says: 'Changes fields, e.g. starts_per_phone_day=20 deny_prefixes=\'["+7900"]\' conversion_guard=null.',
    async run(installation, args) {
      const { values, positionals } = readArgs(args, TENANT, 'any')
      if (positionals.length === 0) throw new UsageError('at least one <field>=<JSON> expected; see --help')
      const fields = positionals.map(readField)
      const names = fields.map(([name]) => name)
      const twice = names.find((name, i) => names.indexOf(name) < i)
      if (twice) throw new UsageError(`${twice} is given twice`)
      const changes = validate(PolicyChanges, Object.fromEntries(fields), 'body')
      return updatePolicy(await installation.as(values.tenant), changes)
    },
  },
}

function readField(text: string): [string, unknown] {
  const [, field = '', value = ''] = /^([a-z0-9_]+)=(.*)$/s.exec(text) ?? []
  try {
    return [field, JSON.parse(value)]
  } catch {
    throw new UsageError(`${text}: must be <field>=<JSON>, e.g. starts_per_phone_day=20`)
  }
}
