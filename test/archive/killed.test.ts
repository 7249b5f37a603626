import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDb } from '../../src/db/client.ts'
import { waitFor } from '../setup/wait.ts'
import { MONTHS, type OldInstallation, startOldInstallation } from './support.ts'

let old: OldInstallation
const [FIRST] = MONTHS
const part = (table: string) => `${table}_${FIRST.name.replace('-', '_')}`

beforeAll(async () => {
  old = await startOldInstallation()
}, 120_000)
afterAll(() => old.stop())

const PATIENT = { timeoutMs: 60_000 }

/** Runs the command until it waits for a lock that we hold, kills it once `seen`, and lets go. */
async function killedWhile(lock: string, seen: () => Promise<boolean> | boolean): Promise<void> {
  const holder = openDb(old.database.url, { max: 1 })
  const release = Promise.withResolvers<void>()
  const held = holder.sql.begin(async (tx) => {
    await tx`set local idle_in_transaction_session_timeout = 0`
    await tx.unsafe(lock)
    await release.promise
  })
  const run = old.archiveAside()
  const over = new Promise((resolve) => run.once('exit', resolve))
  try {
    await waitFor(async () => (await seen()) || null, PATIENT)
    expect(run.exitCode).toBe(null)
    run.kill('SIGKILL')
    await over
  } finally {
    run.kill('SIGKILL')
    release.resolve()
    await held
    await holder.close()
    await waitFor(async () => (await running()).count === 0 || null, PATIENT)
  }
}

const running = () =>
  old.app.db.sql`select from pg_stat_activity where application_name = 'ringproof archive'`

const isWaiting = async () => {
  const rows = await old.app.db.sql`
    select from pg_stat_activity where application_name = 'ringproof archive' and wait_event in ('relation', 'PgSleep')`
  return rows.count > 0
}

describe('a run that is killed', () => {
  it.each([
    [
      'before it keeps the month from changing',
      () => killedWhile(`lock table ${part('attempts')} in row exclusive mode`, isWaiting),
      [],
    ],
    [
      'while it writes the files',
      () =>
        killedWhile('lock table compat_calls in access exclusive mode', () =>
          existsSync(join(old.folder, `${FIRST.name}.new`, 'attempts.ndjson.gz')),
        ),
      [`${FIRST.name}.new`],
    ],
    [
      'when the files are complete and the rows are not gone',
      () =>
        killedWhile('lock table audit_events in access share mode', () =>
          existsSync(join(old.folder, FIRST.name, 'manifest.json')),
        ),
      [FIRST.name],
    ],
  ])(
    '%s leaves every row in the database',
    async (_, kill, left) => {
      await kill()
      expect(readdirSync(old.folder)).toEqual(expect.arrayContaining(left))
      for (const [table, rows] of Object.entries({ verifications: 6, attempts: 6, audit_events: 36 })) {
        expect(await old.rowsIn(table, FIRST)).toBe(rows)
      }
      expect((await old.app.db.sql`select from archives`).count).toBe(0)
    },
    90_000,
  )

  it('is completed by the next one', async () => {
    const { code, stdout, stderr } = await old.archive()
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toHaveLength(3)
    expect(readdirSync(old.folder).sort()).toEqual(MONTHS.map(({ name }) => name))
    const verified = await old.admin('audit', 'verify')
    expect(JSON.parse(verified.stdout)).toMatchObject({ audit: 'intact', archived_events: 108 })
  }, 90_000)
})
