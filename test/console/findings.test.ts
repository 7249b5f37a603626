import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { createAccount } from '../../src/routing/accounts.ts'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'

let own: TestHttp
beforeAll(async () => {
  own = await startTestHttp()
})
afterAll(() => own.stop())

const cookieOf = (answer: Response) =>
  answer.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ')

async function logIn(): Promise<string> {
  const page = await own.http.request('/console/login')
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? ''
  const body = new URLSearchParams({ csrf, key: ADMIN_KEY })
  const headers = { cookie: cookieOf(page), 'content-length': String(body.toString().length) }
  const env = { incoming: { socket: { remoteAddress: '127.0.0.1' } } }
  return cookieOf(await own.http.request('/console/login', { method: 'POST', headers, body }, env))
}

test('a difference is offered for posting only where it can be posted, in every language', async () => {
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
  const cookie = await logIn()
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
