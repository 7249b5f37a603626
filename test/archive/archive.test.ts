import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashFile } from '../../src/archive/files.ts'
import { readAudit } from '../../src/audit/read.ts'
import { AuditQuery } from '../../src/audit/schemas.ts'
import { listEvents } from '../../src/audit/search.ts'
import { exportStatement } from '../../src/billing/records/statement-lines.ts'
import { publicId } from '../../src/values/ids.ts'
import { get as getVerification } from '../../src/verifications/read.ts'
import { tamper } from '../audit/history.ts'
import { MONTHS, type OldInstallation, startOldInstallation } from './support.ts'

let old: OldInstallation
beforeAll(async () => {
  old = await startOldInstallation()
}, 120_000)
afterAll(() => old.stop())

const NAMES = MONTHS.map(({ name }) => name)
const linesOf = (folder: string, table: string) =>
  gunzipSync(readFileSync(join(folder, `${table}.ndjson.gz`)))
    .toString()
    .split('\n')
    .filter(Boolean)

/** Kind, amount and balance of each line of the first month's statement. */
async function statement(): Promise<string[][]> {
  const context = old.clientContext(old.tenantId, { livemode: true })
  let text = ''
  for await (const part of exportStatement(context, { month: MONTHS[0].name, bom: '0' })) text += part
  const [header, ...lines] = text
    .trim()
    .split('\r\n')
    .map((line) => line.split(','))
  return lines.map((line) =>
    ['kind', 'amount', 'balance'].map((name) => line[header?.indexOf(name) ?? -1] ?? ''),
  )
}

describe('archive', () => {
  it('--dry-run lists the months that would go, and changes nothing', async () => {
    const { code, stdout } = await old.archive('--dry-run')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual(NAMES.map((month) => ({ month, archive: true, reasons: [] })))
    expect(await old.rowsIn('verifications', MONTHS[0])).toBe(6)
    expect(readdirSync(old.folder)).toEqual([])
  })

  it('moves each month to files that hold every row, and the audit is still vouched for', async () => {
    const before = JSON.parse((await old.admin('audit', 'verify')).stdout)
    expect(await statement()).toEqual([
      ['opening', '', '0.000000'],
      ['call', '-1.500000', '-1.500000'],
      ['call', '-1.500000', '-3.000000'],
      ['call', '-1.500000', '-4.500000'],
      ['closing', '', '-4.500000'],
    ])
    const { code, stdout, stderr } = await old.archive()
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const archived = JSON.parse(stdout)
    expect(archived.map(({ month }: { month: string }) => month)).toEqual(NAMES)
    for (const [i, { month, folder, rows, events }] of archived.entries()) {
      expect(events).toBe(36)
      expect(rows).toMatchObject({
        verifications: 6,
        attempts: 6,
        audit_events: 36,
        ledger_transactions: 9,
        compat_calls: 0,
      })
      expect(await old.rowsIn('verifications', { name: month })).toBe(null)
      const ids = linesOf(folder, 'verifications').map((line) => JSON.parse(line).id)
      expect(ids).toEqual(old.made[i]?.map(({ row }) => row.id))
      const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
      for (const file of manifest.files) {
        expect(await hashFile(join(folder, file.name))).toEqual({ bytes: file.bytes, sha256: file.sha256 })
        expect(statSync(join(folder, file.name)).mode & 0o077).toBe(0)
      }
    }
    const after = JSON.parse((await old.admin('audit', 'verify')).stdout)
    expect(after).toMatchObject({
      audit: 'intact',
      archived_months: NAMES,
      archived_events: 108,
      problem_count: 0,
    })
    expect(after.events + after.archived_events).toBe(before.events + NAMES.length)
    expect(JSON.parse((await old.admin('ledger', 'verify')).stdout)).toEqual({ ledger: 'balanced' })
    const [left] = await old.app.db.sql<{ count: bigint }[]>`select count(*) from adopted_rows`
    expect(left?.count).toBe(0n)
  })

  it('records who archived what in the installation’s chain', async () => {
    const events = await old.app.db.sql<{ actor: string; data: string }[]>`
      select actor, data from audit_events where type = 'audit.archived' order by at`
    expect(events.map(({ actor }) => actor)).toEqual(['system', 'system', 'system'])
    expect(events.map(({ data }) => JSON.parse(data).month)).toEqual(NAMES)
  })

  it('a statement keeps its balances, and has the archived calls as their sum', async () => {
    expect(await statement()).toEqual([
      ['opening', '', '0.000000'],
      ['archived', '-4.500000', '-4.500000'],
      ['closing', '', '-4.500000'],
    ])
  })

  it('archived verifications are unknown to the API', async () => {
    const context = old.clientContext(old.tenantId, { livemode: true })
    const id = publicId('verification', old.made[0]?.[0]?.row.id as string)
    await expect(getVerification(context, { id })).rejects.toMatchObject({ code: 'not_found' })
    await expect(readAudit(context, { id })).rejects.toMatchObject({ code: 'not_found' })
    const { data } = await listEvents(context, AuditQuery.parse({ verification: id }))
    expect(data).toEqual([])
  })

  it('balances stay, and count the archived sums only while their record is signed', async () => {
    const { sql } = old.app.db
    const balances = await sql<{ account: string; micros: bigint }[]>`
      select account, balance_micros as micros from ledger_balances order by account`
    expect(balances.map(({ account, micros }) => `${account} ${micros}`)).toEqual([
      'funds -13500000',
      'operator_cost -6300000',
      'operator_payable 6300000',
      'reserved 0',
      'revenue 13500000',
    ])
    await sql`create table kept as table archives`
    await tamper(old, async (tx) => {
      await tx`update archives set manifest = replace(manifest, '"micros": "4500000"', '"micros": "5500000"')`
    })
    const { code, stdout } = await old.admin('ledger', 'verify')
    await tamper(old, async (tx) => {
      await tx`delete from archives`
      await tx`insert into archives table kept`
    })
    expect(code).toBe(1)
    expect(JSON.parse(stdout.split('\n')[0] ?? '').problems).toContainEqual(
      expect.objectContaining({ detail: 'balance 13500000, entries 0' }),
    )
    expect((await old.admin('ledger', 'verify')).code).toBe(0)
  })

  it('does nothing the second time', async () => {
    const { code, stdout } = await old.archive()
    expect({ code, result: JSON.parse(stdout) }).toEqual({ code: 0, result: [] })
    expect(existsSync(join(old.folder, NAMES[0] as string, 'manifest.json'))).toBe(true)
  })

  it('an archive can be verified with the database, and with the published keys alone', async () => {
    const folder = join(old.folder, NAMES[0] as string)
    const { code, stdout } = await old.admin('audit', 'verify', '--archive', folder)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ archive: 'intact', month: NAMES[0], events: 36 })
  })
})
