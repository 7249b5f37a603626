import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashFile } from '../../src/archive/files.ts'
import { proofKeys } from '../../src/signing/proof.ts'
import { publicId } from '../../src/values/ids.ts'
import { tamper } from '../audit/history.ts'
import { MONTHS, type OldInstallation, startOldInstallation } from './support.ts'

type Problem = { what: string; event: string | null; detail: string }

let old: OldInstallation
let copies: string
let jwks: string
const [FIRST, SECOND] = MONTHS

beforeAll(async () => {
  old = await startOldInstallation()
  const { code, stderr } = await old.archive()
  if (code !== 0) throw new Error(stderr)
  copies = mkdtempSync(join(tmpdir(), 'ringproof-copies-'))
  jwks = join(copies, 'jwks.json')
  writeFileSync(jwks, JSON.stringify({ keys: await proofKeys(old.app.secrets) }))
}, 180_000)
afterAll(async () => {
  rmSync(copies, { recursive: true })
  await old.stop()
})

/** A copy of the first month's archive, changed. */
function changed(change: (folder: string) => void): string {
  const folder = mkdtempSync(join(copies, 'copy-'))
  cpSync(join(old.folder, FIRST.name), folder, { recursive: true })
  change(folder)
  return folder
}

const pathOf = (folder: string, table: string) => join(folder, `${table}.ndjson.gz`)

function edit(folder: string, table: string, work: (lines: string[]) => string[]): void {
  const path = pathOf(folder, table)
  const lines = gunzipSync(readFileSync(path)).toString().trimEnd().split('\n')
  writeFileSync(path, gzipSync(`${work(lines).join('\n')}\n`))
}

async function verify(folder: string, ...options: string[]): Promise<{ code: number; problems: Problem[] }> {
  const { code, stdout } = await old.admin('audit', 'verify', '--archive', folder, ...options)
  return { code, problems: JSON.parse(stdout).problems ?? [] }
}

const eventAt = (line: string | undefined) => publicId('event', JSON.parse(line ?? '').id)

describe('an archive', () => {
  it('can be verified without a database, with the published keys', async () => {
    const { code, stdout } = await old.admin(
      ...['audit', 'verify', '--archive', join(old.folder, FIRST.name), '--keys', jwks],
    )
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ archive: 'intact', events: 36, checkpoints: 1 })
  })

  it.each([
    ['with the database', []],
    ['with the keys alone', ['--keys']],
  ])('names each event that was changed, removed or inserted in its file, %s', async (_, options) => {
    const named: Record<string, string> = {}
    const folder = changed((copy) =>
      edit(copy, 'audit_events', (lines) => {
        named.changed = eventAt(lines[3])
        named.removed = eventAt(lines[10])
        const inserted = lines[12]?.replace(/"id":"[^"]*"/, `"id":"${crypto.randomUUID()}"`) ?? ''
        named.inserted = eventAt(inserted)
        return lines
          .map((line, i) => (i === 3 ? line.replace('{\\"n\\":', '{\\"m\\":') : line))
          .toSpliced(12, 0, inserted)
          .toSpliced(10, 1)
      }),
    )
    const { code, problems } = await verify(folder, ...options.flatMap((name) => [name, jwks]))
    expect(code).toBe(1)
    for (const [what, event] of Object.entries(named)) {
      expect(problems.filter((problem) => problem.what === what).map((one) => one.event)).toEqual([event])
    }
    expect(problems.map(({ detail }) => detail).join()).toContain('audit_events.ndjson.gz was changed')
  })

  it('whose manifest was made to fit a changed file is not signed, and the event is still named', async () => {
    let event = ''
    const folder = changed((copy) =>
      edit(copy, 'audit_events', (lines) => {
        event = eventAt(lines[5])
        return lines.toSpliced(5, 1)
      }),
    )
    const path = join(folder, 'manifest.json')
    const manifest = JSON.parse(readFileSync(path, 'utf8'))
    const file = manifest.files.find(({ name }: { name: string }) => name.startsWith('audit_events'))
    Object.assign(file, await hashFile(pathOf(folder, 'audit_events')), { rows: file.rows - 1 })
    manifest.events -= 1
    writeFileSync(path, JSON.stringify(manifest))
    for (const options of [[], ['--keys', jwks]]) {
      const { problems } = await verify(folder, ...options)
      expect(problems).toContainEqual(expect.objectContaining({ what: 'removed', event }))
      expect(problems.map(({ detail }) => detail).join()).toContain('does not match its signature')
    }
  })

  it.each([
    [
      'a changed verification',
      (folder: string) =>
        edit(folder, 'verifications', (lines) => lines.map((line) => line.replace('expired', 'approved'))),
      'verifications.ndjson.gz was changed',
    ],
    [
      'a missing file',
      (folder: string) => rmSync(pathOf(folder, 'attempts')),
      'attempts.ndjson.gz is missing',
    ],
    [
      'a truncated file',
      (folder: string) => truncateSync(pathOf(folder, 'verifications'), 200),
      'verifications.ndjson.gz is damaged',
    ],
    [
      'a changed checkpoint',
      (folder: string) =>
        edit(folder, 'checkpoints', (lines) => lines.map((line) => line.replace('"number":', '"number":1'))),
      'checkpoint',
    ],
    [
      'a manifest that is none',
      (folder: string) => writeFileSync(join(folder, 'manifest.json'), '{"files": [{"name": "../x"}]}'),
      'manifest.json is damaged',
    ],
    [
      'a missing signature',
      (folder: string) => rmSync(join(folder, 'manifest.jws')),
      'does not match its signature',
    ],
  ])('with %s is refused', async (_, change, detail) => {
    const { code, problems } = await verify(changed(change))
    expect(code).toBe(1)
    expect(problems.map((problem) => problem.detail).join('\n')).toContain(detail)
  })

  it('of another month cannot stand for this one', async () => {
    const folder = changed((copy) => {
      cpSync(join(old.folder, SECOND.name, 'manifest.json'), join(copy, 'manifest.json'))
      cpSync(join(old.folder, SECOND.name, 'manifest.jws'), join(copy, 'manifest.jws'))
    })
    expect((await verify(folder)).code).toBe(1)
  })
})

describe('the audit in the database', () => {
  const auditProblems = async (): Promise<Problem[]> =>
    JSON.parse((await old.admin('audit', 'verify')).stdout).problems ?? []

  it('lacks a month whose record was removed or rewritten by somebody without SECRET_KEY', async () => {
    expect(await auditProblems()).toEqual([])
    const { sql } = old.app.db
    await sql`create table kept_archives as table archives`
    const attacks = [
      `delete from archives where month = '${FIRST.name}-01'`,
      `update archives set manifest = replace(manifest, '"events": 36', '"events": 35') where month = '${FIRST.name}-01'`,
      `update archives a set (manifest, signature) = (select manifest, signature from archives b
        where b.month = '${SECOND.name}-01') where month = '${FIRST.name}-01'`,
    ]
    for (const attack of attacks) {
      await tamper(old, async (tx) => void (await tx.unsafe(attack)))
      const problems = await auditProblems()
      expect(problems).toContainEqual(
        expect.objectContaining({
          what: 'removed',
          event: publicId('event', old.made[0]?.[0]?.events[0]?.id ?? ''),
        }),
      )
      await tamper(old, async (tx) => {
        await tx`delete from archives`
        await tx`insert into archives table kept_archives`
      })
    }
  }, 120_000)

  it.each([
    `update archives set manifest = '{}'`,
    `update archives set month = '2020-01-01'`,
    'delete from archives',
    'truncate archives',
  ])('refuses "%s"', async (statement) => {
    await expect(old.app.db.sql.unsafe(statement)).rejects.toMatchObject({ code: '23001' })
  })

  it('is still vouched for after a change of SECRET_KEY, once the records are signed again', async () => {
    const next = Buffer.alloc(32, 8).toString('base64')
    const { code, stdout } = await old.adminWith(
      { SECRET_KEY: next, SECRET_KEY_OLD: old.secretKey },
      ...['secrets', 'reseal'],
    )
    expect(code).toBe(0)
    expect(JSON.parse(stdout).archives).toEqual({ resealed: 3, unreadable: 0 })
    const later = await old.adminWith({ SECRET_KEY: next }, 'audit', 'verify')
    const details = JSON.parse(later.stdout).problems?.map(({ detail }: Problem) => detail) ?? []
    // The checkpoints wait for the next hour, which the new key signs.
    expect(details.filter((detail: string) => !detail.includes('no later checkpoint vouches'))).toEqual([])
    const folder = join(old.folder, FIRST.name)
    const archive = await old.adminWith({ SECRET_KEY: next }, 'audit', 'verify', '--archive', folder)
    expect(archive.code).toBe(0)
  })
})
