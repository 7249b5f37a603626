import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAccount } from '../../src/routing/accounts.ts'
import { newId } from '../../src/values/ids.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { logIn } from './log-in.ts'

let own: TestHttp
beforeAll(async () => {
  own = await startTestHttp()
})
afterAll(() => own.stop())

test('a finding offers posting only if it can be posted, in every language', async () => {
  const { sql } = own.app.db
  const [first] = await sql<{ id: string }[]>`select id from tenants where is_first`
  const account = await createAccount(own.clientContext(first?.id ?? ''), {
    provider: 'telefon-ip',
    name: 'main',
    credentials: { token: 'a-token-of-ours' },
    settings: {},
  })
  const runId = newId()
  await sql`
    insert into reconciliation_runs (id, account_id, from_at, to_at, status)
    select ${runId}, id, now(), now(), 'done' from provider_accounts where name = ${account.name}`
  const phones = {
    charged_unknown: '+79241110001',
    status_differs: '+79241110002',
    price_differs: '+79241110003',
  }
  for (const [kind, phone] of Object.entries(phones)) {
    const difference = kind === 'price_differs' ? 0 : 200_000
    await sql`
      insert into reconciliation_findings
        (id, run_id, account_id, kind, fingerprint, phone, at, ours, theirs, difference_micros, currency, state)
      select ${newId()}, ${runId}, account_id, ${kind}, ${kind}, ${phone}, now(), s, s, ${difference}, 'RUB', 'open'
      from reconciliation_runs, (select '{"status": null, "cost": null, "currency": null}'::jsonb as s) as side
      where id = ${runId}`
  }
  const cookie = await logIn(own)
  for (const language of ['en', 'ru']) {
    const headers = { cookie, 'accept-language': language }
    const page = await (await own.http.request('/console/money/findings', { headers })).text()
    const offered = Object.values(phones).filter((phone) => {
      const [, row = ''] = page.split(phone)
      return row.split('</form>')[0]?.includes('name="adjustment"')
    })
    expect([language, offered]).toEqual([language, [phones.charged_unknown]])
  }
})
