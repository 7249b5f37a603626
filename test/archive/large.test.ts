import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { MONTHS, type OldInstallation, startOldInstallation } from './support.ts'

/** More than a page of each table, many pages of events in one hour, and more leaves than a line holds. */
const COUNT = 2100

let old: OldInstallation
beforeAll(async () => {
  old = await startOldInstallation({ count: COUNT, stepMs: 1000 })
}, 180_000)
afterAll(() => old.stop())

async function idsIn(table: string, key: string): Promise<string[]> {
  const path = join(old.folder, MONTHS[0].name, `${table}.ndjson.gz`)
  let text = ''
  for await (const chunk of createReadStream(path).pipe(createGunzip()).setEncoding('utf8')) text += chunk
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line)[key])
}

it('a month of many pages is written once and whole, in order', async () => {
  const { code, stderr } = await old.archive()
  expect(stderr).toBe('')
  expect(code).toBe(0)
  const made = old.made[0] ?? []
  const ids = made.map(({ row }) => row.id)
  expect(await idsIn('verifications', 'id')).toEqual(ids)
  expect(await idsIn('attempts', 'verification_id')).toEqual(ids)
  const events = made.flatMap((one) => one.events)
  const byTime = events.sort((a, b) => a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1))
  expect(await idsIn('audit_events', 'id')).toEqual(byTime.map(({ id }) => id))
  const verified = await old.admin('audit', 'verify', '--archive', join(old.folder, MONTHS[0].name))
  expect(JSON.parse(verified.stdout)).toMatchObject({ archive: 'intact', events: 6 * COUNT })
}, 120_000)
