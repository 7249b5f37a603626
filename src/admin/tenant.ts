import { validate } from '../input/validate.ts'
import { CreateTenantInput, UpdateTenantInput } from '../tenants/schemas.ts'
import { addTenant, deleteTenant, getTenant, listTenants, updateTenant } from '../tenants/tenants.ts'
import { command, type Noun } from './command.ts'
import { resourceNoun } from './resource.ts'

const own = resourceNoun({
  one: 'a tenant',
  many: 'tenants',
  id: 'ten_…',
  of: {},
  create: { schema: CreateTenantInput, required: ['name'], verb: addTenant },
  update: { schema: UpdateTenantInput, verb: updateTenant },
  list: listTenants,
  get: getTenant,
  remove: {
    verb: deleteTenant,
    says: 'Deletes a tenant whose balance is zero; its keys stop working, its history stays.',
  },
})

export const tenantNoun: Noun = {
  ...own,
  create: command({
    says: 'Creates a tenant.',
    options: {
      name: { type: 'string', value: '<text>', required: true, says: 'What the console calls it.' },
      region: {
        type: 'string',
        value: 'RU',
        says: 'The country of phones without a country code; none by default.',
      },
      currency: {
        type: 'string',
        value: 'RUB',
        says: 'The currency of its prices and balance; RUB by default.',
      },
      'credit-limit': {
        type: 'string',
        value: '<amount>',
        says: 'How far its balance may go below 0; 0 by default.',
      },
    },
    async run(installation, { name, region, currency, 'credit-limit': credit_limit }) {
      const given = { name, default_region: region, currency, credit_limit }
      const input = validate(CreateTenantInput, given, 'body')
      return addTenant(await installation.as(), input)
    },
  }),
}
