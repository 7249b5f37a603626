import { openDb } from '../src/db/client.ts'
import { migrate } from '../src/db/migrate.ts'
import { startEmbedded } from '../src/embedded/embedded.ts'
import { parseId } from '../src/values/ids.ts'
import { logIn, startBrowser } from '../test/console/browser.ts'
import { type Stack, startStack } from '../test/setup/processes.ts'
import { insertHistory, past } from './screenshots/fill.ts'

/** Writes `docs/console.png`, the picture in the README: the overview of a busy installation. */
const FILE = 'docs/console.png'
/** Down to what is under the chart. */
const SIZE = { width: 1280, height: 1130 }
const HOURS = 50
const HOUR_MS = 3_600_000

/** Verifications started in each hour of a day (UTC). */
const HOURLY = [
  38, 29, 24, 31, 52, 88, 127, 163, 181, 192, 188, 179, 186, 194, 201, 196, 188, 179, 171, 158, 141, 112, 81,
  55,
]
/** Of 50: 41 approved, 4 never typed, 3 unreachable, 2 denied. */
const statusOf = (i: number) => {
  const place = (i * 7) % 50
  return place < 41 ? 'approved' : place < 45 ? 'expired' : place < 48 ? 'failed' : 'denied'
}

/** Resolves to the key to log in with. */
async function fill(stack: Stack, databaseUrl: string): Promise<string> {
  const admin = async (method: string, path: string, body: unknown) => {
    const answer = await stack.request(method, path, { key: stack.adminKey, body })
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.text}`)
    return answer.body
  }
  const accounts: string[] = []
  for (const name of ['main', 'reserve']) {
    const account = {
      provider: 'telefon-ip',
      name,
      base_url: stack.sandboxUrl,
      credentials: { token: 'a'.repeat(36) },
    }
    accounts.push((await admin('POST', '/v1/provider-accounts', account)).id)
  }
  await admin('POST', '/v1/routes', { prefix: '+7', accounts })
  await admin('POST', '/v1/prices', { prefix: '+7', per: 'attempt', amount: '0.35', currency: 'RUB' })
  await admin('POST', '/v1/billing/topups', { amount: '25000', currency: 'RUB' })
  await admin('POST', '/v1/api-keys', { name: 'shop', scopes: ['verify', 'read'], livemode: true })
  const { secret } = await admin('POST', '/v1/api-keys', {
    name: 'operations',
    scopes: ['read', 'billing', 'admin'],
    livemode: true,
  })
  const db = openDb(databaseUrl, { max: 2 })
  try {
    const ids = accounts.map((id) => parseId('account', id) ?? '')
    await insertHistory(db.sql, history(ids))
    await db.sql`update tenants set name = 'Example Shop' where is_first`
    await db.sql`
      insert into account_states (account_id, breaker, consecutive_faults, fault_ratio, balance_micros, balance_limit_micros,
        balance_currency, balance_at)
      values (${ids[0]}, 'closed', 0, 0.01, 4218600000, 0, 'RUB', now()), (${ids[1]}, 'closed', 0, 0, 86400000, 0, 'RUB', now())
      on conflict (account_id) do update set balance_micros = excluded.balance_micros, balance_error = null,
        balance_limit_micros = excluded.balance_limit_micros, balance_currency = 'RUB', balance_at = now()`
  } finally {
    await db.close()
  }
  return secret
}

function history(accounts: string[]) {
  const rows: ReturnType<typeof past>[] = []
  const now = Date.now()
  const first = Math.floor(now / HOUR_MS) * HOUR_MS - HOURS * HOUR_MS
  for (let hour = first; hour < now; hour += HOUR_MS) {
    // Business grows: a day ago there were fewer.
    const starts = Math.round(
      (HOURLY[new Date(hour).getUTCHours()] ?? 0) * (hour < now - 20 * HOUR_MS ? 0.87 : 1),
    )
    for (let j = 0; j < starts; j++) {
      const i = rows.length
      const at = new Date(hour + Math.floor((j / starts) * HOUR_MS))
      if (at.getTime() > now - 60_000) break
      rows.push(
        past({
          i,
          at,
          status: statusOf(i),
          account: accounts[i % 11 === 0 ? 1 : 0] ?? '',
          rangAfter: 3.1 + ((i * 37) % 40) / 10,
        }),
      )
    }
  }
  return rows
}

const database = await startEmbedded({ ephemeral: true, log: () => {} })
try {
  await migrate(database.url)
  const stack = await startStack({ databaseUrl: database.url })
  try {
    const key = await fill(stack, database.url)
    const browser = await startBrowser(stack.url)
    const page = await browser.open({ viewport: SIZE, colorScheme: 'light', locale: 'en-GB' })
    await logIn(page, key)
    await page.goto('/console')
    await page.screenshot({ path: FILE })
    await browser.close()
  } finally {
    await stack.stop()
  }
} finally {
  await database.stop()
}
