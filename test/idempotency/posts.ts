import { randomBytes, randomInt } from 'node:crypto'
import { sandboxBaseUrl } from '../../src/sandbox/credentials.ts'
import { parseId } from '../../src/values/ids.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'
import { wrongFor } from '../verifications/support.ts'
import { CLIENT_POSTS } from './client-posts.ts'
import { ask, type Cases, type Scene } from './scene.ts'
import { WEBHOOK_POSTS } from './webhook-posts.ts'

let made = 0
const next = () => String(made++ + 1000)
const newPhone = () => `+7924${String(3_000_000 + made++ * 137)}`
const DENIED = '+7924399'

/** Prepares the first tenant for the requests below. */
export async function prepare(scene: Scene): Promise<void> {
  const { adminKey: key } = scene
  const body = { deny_prefixes: [DENIED], starts_per_phone_10m: 2 }
  await ask(scene, 'PATCH', '/v1/policies', { key, body })
}

/** Every POST of the contract by operation, with a case for each way it can end. */
export const POSTS: Record<string, Cases> = {
  startVerification: {
    started: ({ testKey: key }) => ({
      path: '/v1/verifications',
      body: { phone: newPhone() },
      key,
      status: 201,
    }),
    denied: ({ testKey: key }) => ({
      path: '/v1/verifications',
      body: { phone: `${DENIED}${next()}` },
      key,
      status: 403,
    }),
    'too often': async (scene) => {
      const { phone } = await started(scene)
      await started(scene, phone)
      return { path: '/v1/verifications', body: { phone }, key: scene.testKey, status: 429 }
    },
  },
  confirmVerification: {
    right: async (scene) => confirmation(scene, (code) => code, 200),
    wrong: async (scene) => confirmation(scene, wrongFor, 422),
  },
  confirmByPhone: {
    right: async (scene) => confirmationByPhone(scene, (code) => code, 200),
    wrong: async (scene) => confirmationByPhone(scene, wrongFor, 422),
  },
  retryVerification: {
    called: async (scene) => {
      const { id } = await rung(scene)
      await scene.sql`
        update attempts set placing_at = placing_at - interval '31 s' where verification_id = ${uuidOf(id)}`
      return { path: `/v1/verifications/${id}/retry`, key: scene.testKey, status: 202 }
    },
  },
  nextVerificationStep: {
    begun: async (scene) => {
      const { id } = await rung(scene, { workflow: [{ channel: 'flash_call' }, { channel: 'flash_call' }] })
      return { path: `/v1/verifications/${id}/next`, key: scene.testKey, status: 202 }
    },
  },
  cancelVerification: {
    cancelled: async (scene) => {
      const { id } = await started(scene)
      return { path: `/v1/verifications/${id}/cancel`, key: scene.testKey, status: 200 }
    },
  },
  proveVerification: {
    proved: async (scene) => {
      const { path, body, key } = await confirmation(scene, (code) => code, 200)
      await ask(scene, 'POST', path, { key, body })
      return { path: path.replace('confirm', 'proof'), key, status: 200 }
    },
  },
  giveFeedback: {
    noted: async (scene) => {
      const { id } = await started(scene)
      const body = { reason: 'no_call' }
      return { path: `/v1/verifications/${id}/feedback`, body, key: scene.testKey, status: 204 }
    },
  },
  callFromSandbox: {
    called: ({ testKey: key }) => ({
      path: '/v1/sandbox/inbound',
      body: { from: newPhone(), to: '+74957770101' },
      key,
      status: 200,
    }),
  },
  createApiKey: {
    made: (scene) => ({ ...newKey(scene), status: 201 }),
  },
  createCompatCredential: {
    made: ({ adminKey: key }) => ({
      path: '/v1/compat-credentials',
      body: { facade: 'new-tel', name: `client ${next()}` },
      key,
      status: 201,
    }),
  },
  rotateApiKey: {
    rotated: async (scene) => {
      const { path, ...options } = newKey(scene)
      const { id } = await ask(scene, 'POST', path, options)
      const body = { overlap_seconds: 0 }
      return { path: `${path}/${id}/rotate`, body, key: scene.adminKey, status: 201 }
    },
  },
  createTenant: {
    added: ({ adminKey: key }) => ({
      path: '/v1/tenants',
      body: { name: `tenant ${next()}` },
      key,
      status: 201,
    }),
  },
  createProviderAccount: {
    added: (scene) => ({ ...newAccount(scene), status: 201 }),
  },
  checkProviderAccount: {
    checked: async (scene) => ({
      path: `/v1/provider-accounts/${await accountOf(scene)}/check`,
      key: scene.adminKey,
      status: 200,
    }),
  },
  createRoute: {
    added: async (scene) => {
      const body = { prefix: `+99${next()}`, channel: 'flash_call', accounts: [await accountOf(scene)] }
      return { path: '/v1/routes', body, key: scene.adminKey, status: 201 }
    },
  },
  createPrice: {
    added: ({ adminKey: key }) => ({
      path: '/v1/prices',
      body: { prefix: `+99${next()}`, per: 'attempt', amount: '0.35', currency: 'RUB' },
      key,
      status: 201,
    }),
  },
  createAccountCost: {
    added: async (scene) => {
      const account = await accountOf(scene)
      const body = { account, prefix: '+7', per: 'attempt', amount: '0.2', currency: 'RUB' }
      return { path: '/v1/account-costs', body, key: scene.adminKey, status: 201 }
    },
  },
  topUp: {
    posted: ({ adminKey: key }) => ({
      path: '/v1/billing/topups',
      body: { amount: '7.00', currency: 'RUB', reference: next() },
      key,
      status: 201,
    }),
  },
  adjustBalance: {
    posted: ({ adminKey: key }) => ({
      path: '/v1/billing/adjustments',
      body: { direction: 'credit', amount: '1.00', currency: 'RUB', reason: 'a test' },
      key,
      status: 201,
    }),
  },
  simulatePolicy: {
    simulated: ({ adminKey: key }) => ({
      path: '/v1/policies/simulate',
      body: { changes: { starts_per_phone_10m: 1 } },
      key,
      status: 200,
    }),
  },
  erasePhone: {
    erased: ({ adminKey: key }) => ({ path: '/v1/erasures', body: { phone: newPhone() }, key, status: 201 }),
  },
  rotateStartHookSecret: {
    rotated: async (scene) => {
      const { adminKey: key } = scene
      // Nobody answers there; starts of other cases go on.
      const start_hook = { url: 'http://127.0.0.1:9/start', timeout_ms: 3000, on_failure: 'allow' }
      await ask(scene, 'PATCH', '/v1/policies', { key, body: { start_hook } })
      return { path: '/v1/policies/start-hook/rotate-secret', key, status: 200 }
    },
  },
  ...WEBHOOK_POSTS,
  ...CLIENT_POSTS,
  startReconciliation: {
    compared: async (scene) => {
      const body = { account: await accountOf(scene) }
      return { path: '/v1/billing/reconciliations', body, key: scene.adminKey, status: 201 }
    },
  },
}

/** Operations that change nothing: repeating them only repeats the answer. */
export const HARMLESS: ReadonlySet<string> = new Set([
  'proveVerification',
  'callFromSandbox',
  'checkProviderAccount',
  'simulatePolicy',
])

/** The operations of all documented POSTs. */
export async function documentedPosts({ request }: Scene): Promise<string[]> {
  const { body } = await request('GET', '/openapi.json', { key: null })
  const paths = Object.values(body.paths as Record<string, { post?: { operationId: string } }>)
  return paths.flatMap(({ post }) => (post ? [post.operationId] : [])).sort()
}

/** Counts that only requests with an effect change. */
export async function effects({ sql }: Scene): Promise<Record<string, string>> {
  const tables = await sql<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = 'public'
      and tablename !~ '^(idempotency_keys|audit_|account_|statistics|retention_marks|start_counters|prefix_conversions)'`
  // A run with a slot is the hourly one, which the worker may begin at any moment.
  const asked = (name: string) => (name === 'reconciliation_runs' ? 'where slot is null' : '')
  const counts = tables.map(({ name }) => `(select count(*) from ${name} ${asked(name)}) as ${name}`)
  const [row] = await sql.unsafe(`
    select ${counts.join(', ')}, (select count(*) from account_costs) as account_costs,
      (select sum(checks_left) from verifications) as checks_left,
      (select sum(cardinality(starts)) from phone_counters) as starts,
      (select count(*) from audit_log
        where type !~ '^(attempt|billing.(reserved|captured|released)|verification.(calling|delivered|pending)|account.balance)')
        as audit_events`)
  return row as Record<string, string>
}

const uuidOf = (id: string) => parseId('verification', id) ?? ''

const started = (scene: Scene, phone = newPhone(), more = {}): Promise<{ id: string; phone: string }> =>
  ask(scene, 'POST', '/v1/verifications', { key: scene.testKey, body: { phone, ...more } })

async function rung(scene: Scene, more = {}): Promise<{ id: string; phone: string; code: string }> {
  const verification = await started(scene, newPhone(), more)
  return { ...verification, code: await scene.codeOf(verification) }
}

async function confirmation(scene: Scene, typed: (code: string) => string, status: number) {
  const { id, code } = await rung(scene)
  return {
    path: `/v1/verifications/${id}/confirm`,
    body: { code: typed(code) },
    key: scene.testKey,
    status,
  }
}

async function confirmationByPhone(scene: Scene, typed: (code: string) => string, status: number) {
  const { phone, code } = await rung(scene)
  const body = { phone, code: typed(code) }
  return { path: '/v1/verifications/confirm', body, key: scene.testKey, status }
}

const newKey = ({ adminKey: key }: Scene) => ({
  path: '/v1/api-keys',
  body: { name: `key ${next()}`, scopes: ['read'] },
  key,
})

const newAccount = ({ adminKey: key, sandboxUrl }: Scene) => ({
  path: '/v1/provider-accounts',
  body: {
    provider: 'telefon-ip',
    name: `account ${next()}${randomInt(1e6)}`,
    base_url: sandboxBaseUrl(sandboxUrl, 'telefon-ip'),
    credentials: sandboxCredentials(randomBytes(32), 'telefon-ip'),
  },
  key,
})

async function accountOf(scene: Scene): Promise<string> {
  const { path, ...options } = newAccount(scene)
  return (await ask(scene, 'POST', path, options)).id
}
