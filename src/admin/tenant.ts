import { validate } from '../input/validate.ts'
import { CreateTenantInput } from '../tenants/schemas.ts'
import { addTenant, listTenants } from '../tenants/tenants.ts'
import { PAGE_MAX } from '../values/pages.ts'
import { type Noun, readArgs } from './noun.ts'

export const tenantNoun: Noun = {
  create: {
    usage: '--name <text> [--region RU] [--currency RUB] [--credit-limit 0]',
    says: 'Adds a tenant.',
    async run(installation, args) {
      const { values } = readArgs(args, {
        name: { type: 'string' },
        region: { type: 'string' },
        currency: { type: 'string' },
        'credit-limit': { type: 'string' },
      })
      const { name, region: default_region, currency, 'credit-limit': credit_limit } = values
      const input = validate(CreateTenantInput, { name, default_region, currency, credit_limit }, 'body')
      return addTenant(await installation.as(), input)
    },
  },
  list: {
    usage: '',
    says: 'Every tenant, newest first.',
    async run(installation, args) {
      readArgs(args, {})
      const context = await installation.as()
      return everyPage((cursor) => listTenants(context, { limit: PAGE_MAX, cursor }))
    },
  },
}

/** All of a list. */
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
