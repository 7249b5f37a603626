import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createSecrets } from '../../src/secrets.ts'
import { type Receiver, startReceiver } from '../events/receiver.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'
import { type Collector, startCollector } from '../setup/collector.ts'
import type { Answer, RequestOptions } from '../setup/processes.ts'
import { waitFor } from '../setup/wait.ts'
import { dump, type Places, provokeTraces, told, watchQueue } from './places.ts'
import { describeWithEachQueue, phoneBook, type Service, startService } from './support.ts'

describeWithEachQueue('secrets', (backend) => {
  let service: Service
  const newPhone = phoneBook('+7925')
  /** Long enough not to appear by chance. */
  const secrets = new Map<string, string>()
  /** The numbers that rang; the last digits of each are a code. */
  const rang: { id: string; from: string; codeLength: number }[] = []
  /** What was sent and spoken, each with a code. */
  const texts: string[] = []
  const places: Places = new Map()
  let receiver: Receiver
  const answers: string[] = []
  let collector: Collector
  const reference = `reference-${randomBytes(12).toString('hex')}`

  /** A request whose answer is searched afterwards. */
  async function ask(method: string, path: string, given?: RequestOptions): Promise<Answer> {
    const answer = await service.request(method, path, given)
    // A length of four digits may be a code by chance.
    const headers = [...answer.headers].filter(([name]) => name !== 'content-length')
    answers.push(JSON.stringify(headers), answer.text)
    return answer
  }

  async function verify(phone: string, codeLength: number, channel = 'flash_call'): Promise<void> {
    const headers = { 'idempotency-key': `start ${phone}` }
    const { body } = await ask('POST', '/v1/verifications', { body: { phone, reference, channel }, headers })
    const [from = ''] =
      channel === 'flash_call' ? await service.rung(phone) : [await told(service, texts, phone, channel)]
    await waitFor(async () => (await service.get(body.id)).code_length !== null)
    rang.push({ id: body.id, from, codeLength })
    const confirm = (code: string) =>
      ask('POST', `/v1/verifications/${body.id}/confirm`, {
        body: { code },
        headers: { 'idempotency-key': `confirm ${code}` },
      })
    const wrong = from.replace(/.$/, (digit) => String((Number(digit) + 1) % 10))
    expect((await confirm(wrong)).status).toBe(422)
    await ask('POST', `/v1/verifications/${body.id}/confirm`, { body: { code: from, pin: from } })
    await ask('POST', `/v1/verifications/${body.id}/confirm`, { body: `{"code":"${from}"` })
    await service.until(body.id, 'delivered', 25_000)
    expect((await confirm(from.slice(-codeLength))).status).toBe(200)
    await confirm(from)
    await ask('GET', `/v1/verifications/${body.id}`)
    await ask('GET', `/v1/verifications/${body.id}/audit`)
  }

  beforeAll(async () => {
    collector = await startCollector()
    service = await startService(backend, { quick: true, env: { ...collector.env, WORKER_PORT: '0' } })
    const { stack, sql } = service
    const seen = await watchQueue(service)
    const admin = { key: stack.adminKey }
    receiver = await startReceiver()
    const { body: hookKey } = await service.request('POST', '/v1/api-keys', {
      ...admin,
      body: { name: 'webhooks', scopes: ['admin'] },
    })
    const { body: endpoint } = await service.request('POST', '/v1/webhook-endpoints', {
      key: hookKey.secret,
      body: { url: receiver.url },
      headers: { 'idempotency-key': 'endpoint' },
    })
    secrets.set('webhook secret', endpoint.secret)
    const start_hook = { url: receiver.url, timeout_ms: 3000, on_failure: 'allow' }
    await service.request('PATCH', '/v1/policies', { ...admin, body: { start_hook } })
    const path = '/v1/policies/start-hook/rotate-secret'
    const headers = { 'idempotency-key': 'start hook' }
    const { body: hook } = await service.request('POST', path, { ...admin, headers })
    secrets.set('start hook secret', hook.secret)

    // Our own texts: the template is stored, the code is not. Set first: another process may know them only a second later.
    const body = {
      sms: { en: 'canary sms {code}' },
      voice: { en: 'canary voice {code}.' },
      default_language: 'en',
    }
    expect((await ask('PATCH', '/v1/texts', { ...admin, body })).status).toBe(200)

    // Each operator, with its answers received and lost; New-Tel's codes are ours and have five digits.
    const ways: [operator: string, mode: string | null, codeLength: number][] = [
      ['telefon-ip', null, 4],
      ['telefon-ip', 'reset_after_call', 4],
      ['telefon-ip', 'garbage_after_call', 4],
      ['new-tel', null, 5],
      ['new-tel', 'http_500_after_call', 5],
      ['new-tel', 'bad_signature_after_call', 5],
    ]
    for (const [operator, mode, codeLength] of ways) {
      const phone = newPhone()
      if (operator === 'new-tel') {
        await service.fault({ operator: 'telefon-ip', mode: 'refuse', prefix: phone })
      }
      if (mode) await service.fault({ operator, mode, prefix: phone, count: 1 })
      await verify(phone, codeLength)
    }
    await verify(newPhone(), 4, 'sms')
    for (const mode of ['reset_after_call', 'garbage_after_call']) {
      const phone = newPhone()
      await service.fault({ operator: 'telefon-ip', mode, prefix: phone, count: 1 })
      await verify(phone, 4, 'telegram')
    }

    for (const mode of [null, 'garbage_after_call']) {
      const phone = newPhone()
      await service.fault({ operator: 'telefon-ip', mode: 'refuse', prefix: phone })
      if (mode) await service.fault({ operator: 'narayana', mode, prefix: phone, count: 1 })
      await verify(phone, 6, 'sms')
    }
    await verify(newPhone(), 6, 'voice')

    // Keys: one in use, one made here, one mistyped.
    secrets.set('test key', stack.testKey).set('admin key', stack.adminKey)
    const mistyped = `rp_live_${randomBytes(20).toString('hex')}`
    secrets.set('mistyped key', mistyped)
    expect((await ask('GET', '/v1/verifications', { key: mistyped })).status).toBe(401)
    await ask('GET', `/v1/verifications?key=${mistyped}`, { key: null })
    const made = await service.request('POST', '/v1/api-keys', {
      ...admin,
      body: { name: 'made', scopes: ['read'], livemode: true },
      headers: { 'idempotency-key': 'made' },
    })
    expect(made.status, made.text).toBe(201)
    secrets.set('made key', made.body.secret)
    await ask('GET', `/v1/api-keys/${made.body.id}`, admin)
    await ask('GET', '/v1/verifications', { key: made.body.secret })

    // Credentials of operators: those of the sandbox, and real ones that go in, right and wrong.
    const own = createSecrets(Buffer.from(stack.secretKey, 'base64')).derive('canary')
    for (const provider of ['telefon-ip', 'new-tel', 'narayana', 'teleum']) {
      const credentials = sandboxCredentials(own, provider)
      for (const [name, value] of Object.entries(credentials)) secrets.set(`${provider} ${name}`, value)
      const account = { provider, name: provider, base_url: `${stack.sandboxUrl}/${provider}`, credentials }
      const created = await ask('POST', '/v1/provider-accounts', {
        ...admin,
        body: account,
        headers: { 'idempotency-key': provider },
      })
      expect(created.status, created.text).toBe(201)
      await ask('POST', `/v1/provider-accounts/${created.body.id}/check`, admin)
      await ask('GET', `/v1/provider-accounts/${created.body.id}`, admin)
      const broken = Object.fromEntries(Object.entries(credentials).map(([name, value]) => [name, [value]]))
      const refused = await ask('POST', '/v1/provider-accounts', {
        ...admin,
        body: { ...account, credentials: { ...broken, more: Object.values(credentials)[0] } },
      })
      expect(refused.status).toBe(422)
      // A dead address: the error names it, but not what was to be sent there.
      await ask('PATCH', `/v1/provider-accounts/${created.body.id}`, {
        ...admin,
        body: { base_url: 'http://127.0.0.1:9', credentials },
      })
      await ask('POST', `/v1/provider-accounts/${created.body.id}/check`, admin)
    }
    secrets.set('sandbox token', service.sandboxToken)
    const key = Buffer.from(stack.secretKey, 'base64')
    for (const encoding of ['base64', 'base64url', 'hex'] as const) {
      secrets.set(`SECRET_KEY in ${encoding}`, key.toString(encoding))
    }

    for (const path of [
      '/v1/verifications',
      '/v1/audit',
      '/v1/billing/records',
      '/v1/provider-accounts',
      '/v1/api-keys',
      '/metrics',
      '/openapi.json',
      '/docs',
      '/readyz',
    ]) {
      await ask('GET', path, path === '/v1/verifications' || path === '/v1/audit' ? {} : admin)
    }

    const ofWorker = await fetch(`${stack.urlOf('worker-1')}/metrics`)
    places.set('metrics of the worker', await ofWorker.text())
    places.set('traces', await provokeTraces(service, collector))
    places.set(
      'webhooks',
      receiver.received.map(({ text, headers }) => text + JSON.stringify(headers)).join('\n'),
    )
    places.set('answers', answers.join('\n'))
    places.set('logs', stack.logs())
    places.set('queue', await seen())
    for (const [table, text] of await dump(sql, 'public')) places.set(table, text)
    // JSON within JSON: a quoted code must be found at any depth.
    for (const [place, text] of places) places.set(place, text.replaceAll('\\', ''))
  }, 120_000)
  afterAll(() => Promise.all([service?.stop(), collector?.close(), receiver?.stop()]))

  it('the search covers every place: each holds its expected content', () => {
    expect(rang.map(({ codeLength }) => codeLength)).toEqual([4, 4, 4, 5, 5, 5, 4, 4, 4, 6, 6, 6])
    const sms = expect.stringMatching(/^canary sms \d{6}$/)
    expect(texts.slice(-3)).toEqual([sms, sms, expect.stringMatching(/^canary voice \d(, \d){5}\.$/)])
    expect(places.get('texts')).toContain('canary sms {code}')
    expect(places.get('answers')).toContain(reference)
    expect(places.get('webhooks')).toContain('verification.approved')
    expect(places.get('webhook_deliveries')).toContain(reference)
    expect(places.get('verifications')).toContain(reference)
    expect(places.get('logs')).toContain('"level":"debug"')
    expect(places.get('metrics of the worker')).toMatch(/^ringproof_operator_answers_total{.+narayana.+} \d/m)
    for (const { id } of rang) {
      const uuid = id.slice(4).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
      expect(places.get('queue')).toContain(uuid)
      expect(places.get('traces')).toContain(id)
      expect(places.get('attempts')).toContain(uuid)
    }
  })

  it('no API key, operator’s credential or SECRET_KEY is in any log, trace, queue, table or answer', () => {
    const found = []
    for (const [name, secret] of secrets) {
      expect(secret.length, name).toBeGreaterThan(30)
      const hex = Buffer.from(secret).toString('hex')
      for (const [place, text] of places) {
        if (text.includes(secret) || text.includes(hex)) found.push(`${name} in ${place}`)
      }
    }
    expect(found).toEqual([])
  })

  it('no number that rang is in any log, trace, queue, table or answer', () => {
    const found = []
    for (const { from } of rang) {
      const digits = from.slice(1)
      for (const [place, text] of places) if (text.includes(digits)) found.push(`${digits} in ${place}`)
    }
    expect(found).toEqual([])
  })

  it('no text of a message or voice call is in any log, trace, queue, table or answer', () => {
    const found = []
    for (const text of texts) {
      const spoken = /\d(?:, \d)+/.exec(text)?.[0] ?? text
      for (const [place, content] of places) {
        if (content.includes(text) || content.includes(spoken)) found.push(`${text} in ${place}`)
      }
    }
    expect(found).toEqual([])
  })

  it('no phone, path, query or body is in any trace', () =>
    expect(places.get('traces')).not.toMatch(
      /(?<![0-9a-f])7925\d{7}(?![0-9a-f])|\?phone|v1\/phones\/|canary sms|reference-/,
    ))

  it('no code is named, quoted, or hashed without a key in any log, trace, queue, table or answer', () => {
    const found = []
    for (const { from, codeLength } of rang) {
      const code = from.slice(-codeLength)
      const named = new RegExp(
        `(["'])${code}\\1|\\b(code|pin|password|code_auth)\\b\\W{1,6}${code}(?!\\d)`,
        'i',
      )
      const hashes = ['md5', 'sha1', 'sha256'].map((name) => createHash(name).update(code).digest('hex'))
      for (const [place, text] of places) {
        const leak = named.exec(text)?.[0] ?? hashes.find((hash) => text.includes(hash))
        if (leak) found.push(`${code} in ${place}: ${leak}`)
      }
    }
    expect(found).toEqual([])
  })

  it('no code is the content of any column', async () => {
    const codes = rang.map(({ from, codeLength }) => from.slice(-codeLength))
    const columns = await service.sql<{ table: string; column: string }[]>`
      select table_name as table, column_name as column from information_schema.columns
      where table_schema = 'public' and data_type in ('text', 'bytea', 'character varying')`
    const found = []
    for (const { table, column } of columns) {
      const { sql } = service
      const rows = await sql`select 1 from ${sql(table)} where ${sql(column)}::text = any(${[
        ...codes,
        ...codes.map((code) => `\\x${Buffer.from(code).toString('hex')}`),
      ]})`
      if (rows.length > 0) found.push(`${table}.${column}`)
    }
    expect(columns.length).toBeGreaterThan(20)
    expect(found).toEqual([])
  })
})
