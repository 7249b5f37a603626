import type { TestHttp } from '../http/client.ts'

export const rub = (amount: string) => ({ amount, currency: 'RUB' })

/** A tenant in roubles, and the header by which the admin key acts for it. */
export async function newTenant({
  request,
}: TestHttp): Promise<{ id: string; headers: Record<string, string> }> {
  const body = { name: 'a tenant', default_region: 'RU', currency: 'RUB' }
  const { id } = (await request('POST', '/v1/tenants', { body })).body
  return { id, headers: { 'ringproof-tenant': id } }
}
