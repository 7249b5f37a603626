import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import { readServiceConfig } from '../../src/process/config.ts'
import { parseId } from '../../src/values/ids.ts'
import { createWeb } from '../../src/web.ts'
import { contextOf, doorInput, FLASH, SMS } from '../compat/support.ts'
import { waitFor } from '../setup/wait.ts'
import { dump, type Places, watchQueue } from './places.ts'
import { describeWithQueue, type Service, startService } from './support.ts'

describeWithQueue('the code of a client at a door', 'PostgreSQL', (backend) => {
  let service: Service
  const places: Places = new Map()
  /** Codes that are long enough not to appear by chance. */
  const codes = ['83914027', '60275938']
  let told = ''

  beforeAll(async () => {
    service = await startService(backend, { quick: true, env: { WORKER_PORT: '0' } })
    const { stack, sql, databaseUrl } = service
    const seen = await watchQueue(service)
    const lines: string[] = []
    const stream = new Writable({ write: (line, _, done) => done(void lines.push(String(line))) })
    const config = readServiceConfig({
      DATABASE_URL: databaseUrl,
      SECRET_KEY: stack.secretKey,
      SANDBOX_URL: stack.sandboxUrl,
      LOG_LEVEL: 'silent',
    })
    const app = createApp(config, 'door')
    const { doors } = createWeb({ ...app, log: pino({ level: 'trace' }, stream) })
    const { body: made } = await service.admin('POST', '/v1/compat-credentials', {
      facade: 'telefon-ip',
      name: 'canary',
      livemode: false,
    })
    const door = await doors.authenticate({
      facade: 'telefon-ip',
      credential: made.token,
      address: () => null,
    })
    if (!door) throw new Error('the credential is refused')
    const context = { ...contextOf(app as never, door), requestId: 'req_canary' }
    const answers = []
    for (const code of codes) {
      const { verification } = await doors.start(context, doorInput({ steps: [SMS], code, ttlSeconds: 30 }))
      expect(await doors.awaitCode(context, verification.id, { timeoutMs: 20_000 })).toEqual({
        kind: 'code',
        code,
      })
      answers.push((await service.get(verification.id)).id)
    }
    const { verification } = await doors.start(context, doorInput({ steps: [FLASH] }))
    const awaited = await doors.awaitCode(context, verification.id, { timeoutMs: 20_000 })
    told = awaited.kind === 'code' ? awaited.code : ''
    const [rang = ''] = await service.rung(verification.phone)
    expect(rang.slice(-4)).toBe(told)
    await doors.awaitEnd(context, verification.id, { timeoutMs: 20_000 })

    places.set('queue', await seen())
    places.set('metrics', (await stack.request('GET', '/metrics', { key: stack.adminKey })).text)
    const ofWorker = await fetch(`${stack.urlOf('worker-1')}/metrics`)
    places.set('metrics of the worker', await ofWorker.text())
    places.set('audit', (await service.request('GET', `/v1/verifications/${answers[0]}/audit`)).text)
    for (const [table, text] of await dump(sql, 'public')) places.set(table, text)
    places.set('logs', stack.logs() + lines.join('\n'))
    await service.admin('DELETE', `/v1/compat-credentials/${made.id}`)
    expect(places.get('queue')).toContain(parseId('verification', answers[0] ?? ''))
    expect(places.get('audit')).toContain('code.disclosed')
    expect(places.get('verifications')).toContain(verification.phone)
    await app.close()
  }, 120_000)
  afterAll(() => service?.stop())

  it('is in no table, log, metric, queue or event, in clear or in hexadecimal', () => {
    const found = []
    for (const code of codes) {
      for (const [place, text] of places) {
        if (text.includes(code) || text.includes(Buffer.from(code).toString('hex')))
          found.push(`${code} in ${place}`)
      }
    }
    expect(found).toEqual([])
  })

  it('is the content of no column, also where an operator chose it', async () => {
    const { sql } = service
    const columns = await sql<{ table: string; column: string }[]>`
      select table_name as table, column_name as column from information_schema.columns
      where table_schema = 'public' and data_type in ('text', 'bytea', 'character varying')`
    const forms = [told, `\\x${Buffer.from(told).toString('hex')}`]
    const found = []
    for (const { table, column } of columns) {
      const rows = await sql`select 1 from ${sql(table)} where ${sql(column)}::text = any(${forms})`
      if (rows.length > 0) found.push(`${table}.${column}`)
    }
    expect([told.length, found]).toEqual([4, []])
  })

  it('is sealed only until the verification ends, whatever ends it', async () => {
    const { sql } = service
    await sql`
      with moved as (update verifications set expires_at = now() where compat_credential_id is not null and completed_at is null returning id, expires_at)
      update live_verifications l set expires_at = moved.expires_at from moved where moved.id = l.verification_id`
    await waitFor(
      async () => (await sql`select 1 from verifications where status = 'expired'`).length > codes.length,
      { timeoutMs: 20_000 },
    )
    expect(await sql`select 1 from verifications where sealed_code is not null`).toHaveLength(0)
  }, 30_000)
})
