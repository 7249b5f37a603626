import { randomInt } from 'node:crypto'
import type postgres from 'postgres'
import { expect } from 'vitest'
import type { Collector } from '../setup/collector.ts'
import { waitFor } from '../setup/wait.ts'
import { queueTables, recordRedis, type Service } from './support.ts'

/** The places where a secret may leak, by name. */
export type Places = Map<string, string>

/** Every row of every table of a schema as text, bytes in hexadecimal. */
export async function dump(sql: postgres.Sql, schema: string): Promise<Places> {
  const tables = await sql<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = ${schema}`
  const texts: Places = new Map()
  for (const { name } of tables) {
    const rows = await sql<{ text: string }[]>`
      select to_jsonb(t)::text as text from ${sql(schema)}.${sql(name)} t`
    texts.set(name, rows.map(({ text }) => text).join('\n'))
  }
  return texts
}

/**
 * Takes down everything that is written to the queue's storage from now on, for jobs leave it when they are
 * done.
 */
export async function watchQueue({ sql, backend, redisUrl }: Service): Promise<() => Promise<string>> {
  if (backend === 'Redis') return recordRedis(redisUrl)
  await sql.unsafe(`
    create table bullmq.canary (written text);
    create function bullmq.canary() returns trigger language plpgsql as $$
      begin insert into bullmq.canary values (to_jsonb(new)::text); return null; end $$`)
  for (const table of await queueTables(sql)) {
    if (table === 'canary') continue
    await sql.unsafe(`create trigger canary after insert or update on bullmq."${table}"
      for each row execute function bullmq.canary()`)
  }
  return async () => [...(await dump(sql, 'bullmq')).values()].join('\n')
}

const CANARY_PHONE = '79251234567'

/** Puts phones into paths and queries, has a request fail with a stack, and ends the processes. Returns all traces. */
export async function provokeTraces({ request, sql, stack }: Service, collector: Collector): Promise<string> {
  await request('GET', `/v1/phones/${CANARY_PHONE}/nothing?phone=${CANARY_PHONE}`)
  await request('GET', `/v1/verifications?phone=%2B${CANARY_PHONE}`)
  await sql`alter table policies rename to policies_away`
  await waitFor(async () => (await request('GET', '/v1/policies', { key: stack.adminKey })).status === 500)
  await sql`alter table policies_away rename to policies`
  await stack.kill('api', 'SIGTERM')
  await stack.kill('worker-1', 'SIGTERM')
  const traces = collector.received()
  for (const part of ['process place', '/confirm', 'new-tel', '"exception"', 'records']) {
    expect(traces).toContain(part)
  }
  return traces
}

/** A number that ends with the code of the text that the phone received or heard, which is added to `texts`. */
export function told(service: Service, texts: string[], phone: string, channel: string): Promise<string> {
  const what = channel === 'voice' ? 'calls' : 'messages'
  return waitFor(
    async () => {
      const { body } = await service.request('GET', `/v1/sandbox/${what}?phone=${encodeURIComponent(phone)}`)
      const text: string = body.data[0]?.text ?? ''
      const [code] = /\d(?:(?:, )?\d){3,}/.exec(text) ?? []
      if (!code) return ''
      texts.push(text)
      return `+7495${randomInt(100, 999)}${code.replaceAll(', ', '')}`
    },
    { timeoutMs: 20_000 },
  )
}
