import { randomBytes } from 'node:crypto'
import { createApp } from '../../../src/app.ts'
import { sealHours } from '../../../src/audit/checkpoints/seal.ts'
import { readServiceConfig } from '../../../src/process/config.ts'
import { sandboxBaseUrl } from '../../../src/sandbox/credentials.ts'
import { parseId } from '../../../src/values/ids.ts'
import { hoursAgo, writeHistory } from '../../audit/history.ts'
import { startReceiver } from '../../events/receiver.ts'
import { sandboxCredentials } from '../../sandbox/simulated.ts'
import { createTestDatabase } from '../../setup/database.ts'
import { type Stack, startStack } from '../../setup/processes.ts'
import { waitFor } from '../../setup/wait.ts'
import { createRecorder, type Example, type Recorder } from './recorder.ts'

const PHONE = '+79243555100'

/** Asks every operation of the API of a whole service over the sandbox, and returns what it answered. */
export async function record(): Promise<Record<string, Example>> {
  const database = await createTestDatabase()
  const stack = await startStack({ databaseUrl: database.url })
  const receiver = await startReceiver()
  const config = readServiceConfig({
    DATABASE_URL: database.url,
    SECRET_KEY: stack.secretKey,
    LOG_LEVEL: 'silent',
  })
  const app = createApp(config, 'test')
  try {
    const recorder = await createRecorder(stack)
    const scene = { stack, app, recorder, hook: receiver.url }
    await verify(scene)
    await asBrowser(scene)
    const account = await administer(scene)
    await callLive(scene, account)
    await audit(scene)
    await webhooks(scene)
    await remove(scene)
    for (const id of ['getHealth', 'getReadiness', 'getMetrics', 'getProofKeys', 'getOpenApi']) {
      await recorder.ask(id)
    }
    const { places, examples } = recorder
    return Object.fromEntries([...places.keys()].map((id) => [id, examples.get(id) as Example]))
  } finally {
    await app.close()
    await receiver.stop()
    await stack.stop()
    await database.drop()
  }
}

type Scene = { stack: Stack; app: ReturnType<typeof createApp>; recorder: Recorder; hook: string }

async function verify({ stack, app, recorder: { ask } }: Scene): Promise<void> {
  const key = stack.testKey
  const device = 'session-4711'
  const body = { phone: PHONE, reference: 'signup-4711', device }
  const { id } = await ask('startVerification', { key, body })
  await rung(stack, id)
  await ask('getVerification', { key, path: id })
  const { data } = await ask('listSandboxCalls', { key, query: { phone: PHONE } })
  await ask('giveFeedback', { key, path: id, body: { reason: 'no_call' } })
  await ask('confirmVerification', { key, path: id, body: { code: data[0].from.slice(-4), device } })
  await ask('proveVerification', { key, path: id, body: {} })
  await ask('getVerificationAudit', { key, path: id })
  await ask('listVerifications', { key, query: { reference: 'signup-4711', limit: '20' } })

  const steps = [{ channel: 'flash_call', wait_seconds: 30 }, { channel: 'sms' }]
  const next = await start(stack, { phone: '+79243555101', workflow: steps, device })
  await rung(stack, next)
  await app.db.sql`update attempts set placing_at = placing_at - interval '31 s'
    where verification_id = ${parseId('verification', next) ?? ''}`
  await ask('retryVerification', { key, path: next, body: { channel: 'flash_call' } })
  await rung(stack, next)
  await ask('nextVerificationStep', { key, path: next, body: {} })
  const messages = await waitFor(async () => {
    const query = { phone: '+79243555101' }
    const { body } = await stack.request('GET', `/v1/sandbox/messages?${new URLSearchParams(query)}`)
    return body.data.length > 0 && ask('listSandboxMessages', { key, query })
  })
  const code = /\d{4,8}/.exec(messages.data[0].text)?.[0] ?? ''
  await ask('confirmByPhone', { key, body: { phone: '+79243555101', code, device } })

  const cancelled = await start(stack, { phone: '+79243555102', device })
  await ask('cancelVerification', { key, path: cancelled, body: {} })

  const inbound = await start(stack, { phone: '+79243555103', channel: 'inbound_call' })
  const { call_to } = await waitFor(async () => {
    const { body } = await stack.request('GET', `/v1/verifications/${inbound}`)
    return body.call_to && body
  })
  await ask('getCallToImage', { key, path: inbound })
  await ask('callFromSandbox', { key, body: { from: '+79243555103', to: call_to.number } })
}

/** What the user’s browser does with the token of its verification. */
async function asBrowser({ stack, app, recorder: { ask } }: Scene): Promise<void> {
  const begin = async (body: object): Promise<{ id: string; client_token: string }> =>
    (await stack.request('POST', '/v1/verifications', { body: { client_token: true, ...body } })).body
  const steps = [{ channel: 'flash_call' }, { channel: 'sms' }]
  const { id, client_token: key } = await begin({ phone: '+79243555105', workflow: steps })
  await rung(stack, id)
  await ask('getOwnVerification', { key })
  await ask('giveOwnFeedback', { key, body: { reason: 'no_call' } })
  await app.db.sql`update attempts set placing_at = placing_at - interval '31 s'
    where verification_id = ${parseId('verification', id) ?? ''}`
  await ask('retryOwnVerification', { key, body: { channel: 'flash_call' } })
  await rung(stack, id)
  await ask('nextOwnVerificationStep', { key, body: {} })
  const { body: calls } = await stack.request('GET', '/v1/sandbox/calls?phone=%2B79243555105')
  // The second operator's codes have another length: of the whole number, its last digits count.
  await ask('confirmOwnVerification', { key, body: { code: calls.data[0].from.slice(1) } })
  await ask('followOwnVerification', { key })

  const inbound = await begin({ phone: '+79243555106', channel: 'inbound_call' })
  await waitFor(async () => {
    const { body } = await stack.request('GET', `/v1/verifications/${inbound.id}`)
    return body.call_to
  })
  await ask('getOwnCallToImage', { key: inbound.client_token })
}

async function start(stack: Stack, body: object): Promise<string> {
  const answer = await stack.request('POST', '/v1/verifications', { body })
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.body.id
}

const rung = (stack: Stack, id: string) =>
  waitFor(
    async () => {
      const { body } = await stack.request('GET', `/v1/verifications/${id}`)
      return body.attempts_detail.every(({ ended_at }: { ended_at: string | null }) => ended_at !== null)
    },
    { timeoutMs: 30_000, what: 'the end of the call' },
  )

/** Everything that administrators create; resolves to the id of the account. */
async function administer({ stack, recorder: { ask }, hook }: Scene): Promise<string> {
  const { id: key } = await ask('createApiKey', {
    body: {
      name: 'back end',
      scopes: ['verify', 'read'],
      livemode: true,
      allowed_networks: ['203.0.113.0/24'],
    },
  })
  await ask('listApiKeys')
  await ask('getApiKey', { path: key })
  await ask('updateApiKey', { path: key, body: { name: 'back end, EU' } })
  await ask('rotateApiKey', { path: key, body: { overlap_seconds: 3600 } })
  const { id: door } = await ask('createCompatCredential', {
    body: { facade: 'telefon-ip', name: 'old client' },
  })
  await ask('listCompatCredentials')
  await ask('getCompatCredential', { path: door })
  const { id: tenant } = await ask('createTenant', {
    body: { name: 'Example Shop', default_region: 'RU', currency: 'RUB' },
  })
  await ask('listTenants')
  await ask('getTenant', { path: tenant })
  await ask('updateTenant', { path: tenant, body: { retention_days: 180 } })
  const credentials = sandboxCredentials(randomBytes(32), 'telefon-ip')
  const { id: account } = await ask('createProviderAccount', {
    body: {
      provider: 'telefon-ip',
      name: 'main',
      base_url: sandboxBaseUrl(stack.sandboxUrl, 'telefon-ip'),
      credentials,
    },
  })
  await ask('listProviderAccounts')
  await ask('getProviderAccount', { path: account })
  await ask('updateProviderAccount', { path: account, body: { name: 'main account' } })
  await ask('checkProviderAccount', { path: account, body: {} })
  await ask('getProviderAccountHealth', { path: account })
  const { id: route } = await ask('createRoute', { body: { prefix: '+79', accounts: [account] } })
  await ask('listRoutes')
  await ask('getRoute', { path: route })
  await ask('updateRoute', { path: route, body: { prefix: '+7' } })
  await ask('getPolicy')
  await ask('updatePolicy', { body: { starts_per_ip_hour: 50 } })
  const policy = (start_hook: object | null) =>
    stack.request('PATCH', '/v1/policies', { key: stack.adminKey, body: { start_hook } })
  await policy({ url: hook, timeout_ms: 1000, on_failure: 'allow' })
  await ask('rotateStartHookSecret', { body: { overlap_seconds: 3600 } })
  await policy(null)
  await ask('simulatePolicy', { body: { changes: { starts_per_phone_10m: 1 }, days: 7 } })
  await ask('setPhoneStanding', {
    path: '+79243555199',
    body: { standing: 'trusted', reason: 'Our own phone.' },
  })
  await ask('getPhoneStanding', { path: '+79243555199' })
  await ask('listPhoneStandings', { query: { standing: 'trusted' } })
  await ask('updateTexts', { body: { app: 'Example', sms: { en: '{app} code: {code}' } } })
  await ask('getTexts')
  const { id: price } = await ask('createPrice', {
    body: { prefix: '+7', per: 'delivered', amount: '0.35', currency: 'RUB' },
  })
  await ask('listPrices')
  await ask('getPrice', { path: price })
  await ask('updatePrice', { path: price, body: { amount: '0.40' } })
  const { id: cost } = await ask('createAccountCost', {
    body: { account, prefix: '+7', per: 'delivered', amount: '0.20', currency: 'RUB' },
  })
  await ask('listAccountCosts')
  await ask('getAccountCost', { path: cost })
  await ask('updateAccountCost', { path: cost, body: { amount: '0.18' } })
  // A call that only the operator knows, for reconciliation to find.
  const base = sandboxBaseUrl(stack.sandboxUrl, 'telefon-ip')
  await fetch(`${base}/api/v1/authcalls/${credentials.token}/get_code/89243555198`)
  return account
}

/** A call that costs money, and the comparison with the operator’s records. */
async function callLive({ stack, recorder: { ask } }: Scene, account: string): Promise<void> {
  const key = stack.adminKey
  const month = new Date().toISOString().slice(0, 7)
  await ask('topUp', { body: { amount: '1000.00', currency: 'RUB', reference: 'invoice 2026-17' } })
  await ask('adjustBalance', {
    body: { direction: 'credit', amount: '5.00', currency: 'RUB', reason: 'Goodwill for 30 January.' },
  })
  const { body } = await stack.request('POST', '/v1/verifications', { key, body: { phone: PHONE } })
  await waitFor(
    async () =>
      (await stack.request('GET', `/v1/verifications/${body.id}`, { key })).body.attempts_detail[0]?.ended_at,
    { timeoutMs: 30_000 },
  )
  await ask('getBalance')
  await ask('listBillingRecords', { query: { from: `${month}-01`, limit: '20' } })
  await ask('summarizeBilling', { query: { group_by: 'provider' } })
  await ask('getStatement', { query: { month } })
  await ask('getStatistics', { query: { group_by: 'provider' } })
  await ask('startReconciliation', { body: { account, to: new Date(Date.now() + 1000).toISOString() } })
  await waitFor(
    async () => {
      const { data } = (await stack.request('GET', '/v1/billing/findings', { key })).body
      return data.length > 0
    },
    { what: 'a finding' },
  )
  const { data } = await ask('listFindings', { query: { state: 'open' } })
  const { data: runs } = await ask('listReconciliations', { query: { account } })
  await ask('getReconciliation', { path: runs[0].id })
  await ask('resolveFinding', {
    path: data[0].id,
    body: { state: 'explained', note: 'A call made by hand with the same account.' },
  })
}

async function audit({ stack, app, recorder: { ask } }: Scene): Promise<void> {
  await ask('listAuditEvents', { query: { type: 'verification.approved' }, key: stack.testKey })
  const [first] = await app.db.sql<{ id: string }[]>`select id from tenants where is_first`
  await writeHistory({ app }, first?.id ?? '', { from: hoursAgo(3), count: 3 })
  await sealHours({ ...app, actor: { type: 'system' }, requestId: null })
  await ask('listAuditCheckpoints', { query: { limit: '20' } })
  const { id } = await ask('erasePhone', { body: { phone: '+79243555102' } })
  await ask('listErasures')
  await ask('getErasure', { path: id })
}

async function webhooks({ stack, recorder: { ask }, hook }: Scene): Promise<void> {
  const { id } = await ask('createWebhookEndpoint', {
    body: { url: hook, event_types: ['verification.approved'], description: 'Sign-up service' },
  })
  await ask('listWebhookEndpoints')
  await ask('getWebhookEndpoint', { path: id })
  await ask('updateWebhookEndpoint', { path: id, body: { description: 'Sign-up service, EU' } })
  await ask('rotateWebhookSecret', { path: id, body: { overlap_seconds: 86400 } })
  await ask('testWebhookEndpoint', { path: id, body: {} })
  const delivery = await waitFor(async () => {
    const path = `/v1/webhook-endpoints/${id}/deliveries`
    const { data } = (await stack.request('GET', path, { key: stack.adminKey })).body
    return data[0]?.status === 'delivered' && data[0]
  })
  await ask('listWebhookDeliveries', { path: id })
  await ask('redeliverWebhook', { path: delivery.id, body: {} })
  await ask('deleteWebhookEndpoint', { path: id })
}

/** What was created, in the order in which it can go. */
async function remove({ stack, recorder: { ask } }: Scene): Promise<void> {
  const ids = async (path: string): Promise<string[]> => {
    const { body } = await stack.request('GET', path, { key: stack.adminKey })
    return body.data.map(({ id }: { id: string }) => id)
  }
  for (const id of await ids('/v1/account-costs')) await ask('deleteAccountCost', { path: id })
  for (const id of await ids('/v1/prices')) await ask('deletePrice', { path: id })
  for (const id of await ids('/v1/routes')) await ask('deleteRoute', { path: id })
  for (const id of await ids('/v1/provider-accounts')) await ask('deleteProviderAccount', { path: id })
  for (const id of await ids('/v1/compat-credentials')) await ask('deleteCompatCredential', { path: id })
  const [key = ''] = await ids('/v1/api-keys')
  await ask('deleteApiKey', { path: key })
  const [tenant = ''] = await ids('/v1/tenants')
  await ask('deleteTenant', { path: tenant })
}
