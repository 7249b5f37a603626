import { validate } from '../input/validate.ts'
import { CreateTenantInput } from '../tenants/schemas.ts'
import { addTenant, listTenants } from '../tenants/tenants.ts'
import { PAGE_MAX } from '../values/pages.ts'
import { command, type Noun } from './command.ts'

export const tenantNoun: Noun = {
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
  list: command({
    says: 'Lists all tenants, newest first.',
    async run(installation) {
      const context = await installation.as()
      return everyPage((cursor) => listTenants(context, { limit: PAGE_MAX, cursor }))
    },
  }),
}

/** All entries of a list, from every page. */
export async function everyPage<T>(
  page: (cursor: string | undefined) => Promise<{ data: T[]; next_cursor: string | null }>,
): Promise<T[]> {
  const all: T[] = []
  for (let cursor: string | undefined; ; ) {
    const { data, next_cursor } = await page(cursor)
    all.push(...data)
    if (next_cursor === null) return all
    cursor = next_cursor
  }
}
