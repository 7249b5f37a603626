import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openJournal } from '../../src/gateway/journal.ts'
import type { CallRow } from '../../src/gateway/journal-rows.ts'

const HOUR_MS = 3_600_000
const AT = Date.parse('2026-11-28T10:59:50Z')

const callRow = (id: string, at = AT): CallRow => ({
  row: 'call',
  id,
  at,
  trunk: 'trunk',
  from: '+74951234567',
  to: '+79243555100',
  ring_ms: 6000,
  setup_ms: 20_000,
  progress_means_ringing: true,
  not_found_is_final: false,
})

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'journal-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}
const open = (path: string) => openJournal(path, (error) => expect.unreachable(error.message))
const filesOf = (path: string) => readdirSync(path).map((name) => readFileSync(join(path, name), 'utf8'))

describe('the journal', () => {
  it('gives back what was recorded, also across the hour and after a torn last line', async () => {
    const path = folder()
    const first = open(path)
    first.note(callRow('one'))
    await Promise.all(
      [1, 2].map((seq) => first.record({ row: 'leg', id: 'one', at: AT + seq, leg: { seq } })),
    )
    first.note({ row: 'end', id: 'one', at: AT + 20_000, status: 487, q850: null })
    await first.close()
    const last = readdirSync(path).sort().at(-1) ?? ''
    appendFileSync(join(path, last), '{"row":"call","id":"torn"')

    const second = open(path)
    second.note(callRow('two', AT + 30_000))
    const calls = await second.read({ from: AT - 1, to: AT + HOUR_MS })
    expect(calls.map(({ call }) => call.id)).toEqual(['one', 'two'])
    expect(calls[0]).toMatchObject({ sent: true, leg: { seq: 2 }, end: { status: 487 } })
    expect(calls[1]).toMatchObject({ sent: false, end: null })
    await second.close()
  })

  it('gives each call once, in pages of any size, across hours, with ends that came later', async () => {
    const path = folder()
    const journal = open(path)
    const ids = Array.from({ length: 25 }, (_, i) => `attempt-${i}`)
    // Each ends after the next two have begun; the tenth, never.
    for (const [i, id] of ids.entries()) {
      journal.note(callRow(id, AT + i * 1000))
      await journal.record({ row: 'leg', id, at: AT + i * 1000, leg: {} })
      const over = ids[i - 2]
      if (over && i !== 12) {
        journal.note({ row: 'end', id: over, at: AT + i * 1000, status: 487, q850: null })
      }
    }
    const span = { from: AT, to: AT + HOUR_MS }
    const all = await journal.read(span)
    expect(all.map(({ call }) => call.id)).toEqual(ids)
    for (const limit of [1, 2, 7, 25, 26]) {
      const read = []
      let page = await journal.read({ ...span, limit })
      while (page.length > 0) {
        read.push(...page)
        page = await journal.read({ ...span, limit, after: read.at(-1)?.call })
      }
      expect(read).toEqual(all)
    }
    const some = await journal.read({ ...span, limit: 3, wants: ({ id }) => id.endsWith('4') })
    expect(some.map(({ call }) => call.id)).toEqual(['attempt-4', 'attempt-14', 'attempt-24'])
    await journal.close()
  })

  it('can be read by its owner alone', async () => {
    const path = join(folder(), 'gateway')
    const journal = open(path)
    journal.note(callRow('one'))
    expect(statSync(path).mode & 0o077).toBe(0)
    for (const name of readdirSync(path)) expect(statSync(join(path, name)).mode & 0o077).toBe(0)
    await journal.close()
  })

  it('forgets calling numbers after a day and everything after eight', async () => {
    const path = folder()
    const journal = open(path)
    journal.note(callRow('one'))
    await journal.record({ row: 'leg', id: 'one', at: AT, leg: { from: '74951234567' } })
    await journal.prune(AT + 23 * HOUR_MS)
    expect(filesOf(path).join()).toContain('4951234567')
    await journal.prune(AT + 26 * HOUR_MS)
    expect(filesOf(path).join()).not.toContain('4951234567')
    const [call] = await journal.read({ from: AT, to: AT + 1 })
    expect(call).toMatchObject({ sent: true, call: { id: 'one', to: '+79243555100', from: null } })
    await journal.prune(AT + 195 * HOUR_MS)
    expect(filesOf(path)).toEqual([])
    await journal.close()
  })
})
