import { RotateSecretInput } from '../events/schemas.ts'
import { validate } from '../input/validate.ts'
import { getPolicy, updatePolicy } from '../limits/manage.ts'
import { rotateHookSecret } from '../limits/manage-hook.ts'
import { PolicyChanges, SimulateInput } from '../limits/schemas.ts'
import { simulatePolicy } from '../limits/simulate.ts'
import { command, type Noun, refuseTwice, TENANT, UsageError } from './command.ts'
import { fieldOptions, readFields } from './fields.ts'

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
      const changes = validate(PolicyChanges, readChanges(words), 'body')
      return updatePolicy(await installation.as(tenant), changes)
    },
  }),
  rotate: command({
    says: 'Replaces the secret of the start hook. The new one is shown only now.',
    options: { ...fieldOptions(RotateSecretInput), ...TENANT },
    async run(installation, { tenant, ...values }) {
      return rotateHookSecret(await installation.as(tenant), readFields(RotateSecretInput, values))
    },
  }),
  simulate: command({
    says: 'Says which starts of the last days the changed policy would have denied; changes nothing.',
    words: ['<field>=<JSON>…'],
    options: { days: { type: 'string', value: '<days>', says: 'How many days; 7 by default.' }, ...TENANT },
    async run(installation, { tenant, days }, words) {
      const given = { changes: readChanges(words), days: days === undefined ? undefined : Number(days) }
      const input = validate(SimulateInput, given, 'body')
      return simulatePolicy(await installation.as(tenant), input)
    },
  }),
}

function readChanges(words: string[]): Record<string, unknown> {
  const fields = words.map(readField)
  refuseTwice(fields.map(([name]) => name))
  return Object.fromEntries(fields)
}

function readField(text: string): [string, unknown] {
  const [, field = '', value = ''] = /^([a-z0-9_]+)=(.*)$/s.exec(text) ?? []
  try {
    return [field, JSON.parse(value)]
  } catch {
    throw new UsageError(`${text}: must be <field>=<JSON>, e.g. starts_per_phone_day=20`)
  }
}
