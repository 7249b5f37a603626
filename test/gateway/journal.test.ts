import fs, {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openJournal } from '../../src/gateway/journal.ts'
import type { CallRow, JournalCall } from '../../src/gateway/journal-rows.ts'

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
    const { calls } = await second.read({ from: AT - 1, to: AT + HOUR_MS })
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
    const { calls: all } = await journal.read(span)
    expect(all.map(({ call }) => call.id)).toEqual(ids)
    for (const limit of [1, 2, 7, 25, 26]) {
      const read: JournalCall[] = []
      let page = await journal.read({ ...span, limit })
      for (; page.next; page = await journal.read({ ...span, limit, after: page.next }))
        read.push(...page.calls)
      read.push(...page.calls)
      expect(read).toEqual(all)
    }
    const { calls: some } = await journal.read({ ...span, limit: 3, wants: ({ id }) => id.endsWith('4') })
    expect(some.map(({ call }) => call.id)).toEqual(['attempt-4', 'attempt-14', 'attempt-24'])
    await journal.close()
  })

  it('continues a page where the one before ended, and reads nothing before that', async () => {
    const path = folder()
    const journal = open(path)
    for (let i = 0; i < 10; i += 1) journal.note(callRow(`attempt-${i}`))
    const span = { from: AT, to: AT + HOUR_MS, limit: 4 }
    const { next } = await journal.read(span)
    const [name = ''] = readdirSync(path)
    const file = openSync(join(path, name), 'r+')
    writeSync(file, '\n'.repeat(next?.offset ?? 0), 0)
    closeSync(file)
    const { calls } = await journal.read({ ...span, after: next ?? undefined })
    expect(calls.map(({ call }) => call.id)).toEqual([4, 5, 6, 7].map((i) => `attempt-${i}`))
    await journal.close()
  })

  it('continues a page whose file was pruned meanwhile', async () => {
    const path = folder()
    const journal = open(path)
    for (let i = 0; i < 10; i += 1) journal.note(callRow(`attempt-${i}`))
    journal.note(callRow('later', AT + HOUR_MS))
    const span = { from: AT, to: AT + 10 * HOUR_MS, limit: 4 }
    const { next } = await journal.read(span)
    await journal.prune(AT + 26 * HOUR_MS)
    const { calls } = await journal.read({ ...span, after: next ?? undefined })
    expect(calls.map(({ call }) => call.id)).toEqual([4, 5, 6, 7].map((i) => `attempt-${i}`))
    await journal.close()
  })

  it('finds a call when the clock was hours ahead at first', async () => {
    const path = folder()
    const journal = open(path)
    journal.note(callRow('ahead', AT + 5 * HOUR_MS))
    journal.note(callRow('right'))
    await journal.record({ row: 'leg', id: 'right', at: AT, leg: {} })
    const { calls } = await journal.read({ from: AT - 1, to: AT + 1 })
    expect(calls).toMatchObject([{ call: { id: 'right' }, sent: true }])
    await journal.close()
  })

  it('says so when the disk is full, and goes on once it is not, without a descriptor more', async () => {
    const path = folder()
    const name = `calls-${new Date(AT).toISOString().slice(0, 13)}.jsonl`
    symlinkSync('/dev/full', join(path, name))
    const faults: Error[] = []
    const journal = openJournal(path, (error) => faults.push(error))
    const before = readdirSync('/proc/self/fd').length
    for (let i = 0; i < 20; i += 1) {
      journal.note(callRow('one'))
      await expect(journal.record({ row: 'leg', id: 'one', at: AT, leg: {} })).rejects.toThrow()
    }
    expect(faults).toHaveLength(20)
    expect(readdirSync('/proc/self/fd').length - before).toBeLessThan(10)
    rmSync(join(path, name))
    journal.note(callRow('two'))
    await journal.record({ row: 'leg', id: 'two', at: AT, leg: {} })
    expect((await journal.read({ from: AT, to: AT + 1 })).calls).toHaveLength(1)
    await journal.close()
  })

  it('does not take half a line for a whole one, nor spoil the next', async () => {
    const path = folder()
    const journal = open(path)
    journal.note(callRow('one'))
    const { writeSync: whole } = fs
    fs.writeSync = ((file: number, data: Buffer) => whole(file, data.subarray(0, 20))) as typeof whole
    syncBuiltinESMExports()
    const torn = journal.record({ row: 'leg', id: 'one', at: AT, leg: {} })
    fs.writeSync = whole
    syncBuiltinESMExports()
    await expect(torn).rejects.toThrow('full')
    await journal.record({ row: 'leg', id: 'one', at: AT, leg: { seq: 2 } })
    expect((await journal.read({ from: AT, to: AT + 1 })).calls).toMatchObject([{ leg: { seq: 2 } }])
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
    const { calls } = await journal.read({ from: AT, to: AT + 1 })
    expect(calls[0]).toMatchObject({ sent: true, call: { id: 'one', to: '+79243555100', from: null } })
    await journal.prune(AT + 195 * HOUR_MS)
    expect(filesOf(path)).toEqual([])
    await journal.close()
  })
})
