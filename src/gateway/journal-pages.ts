import { linesOf } from './journal-lines.ts'
import { addRow, type CallRow, type JournalCall, readRow } from './journal-rows.ts'
import { HOUR_MS, segmentsIn } from './journal-segments.ts'

/** Where a page ended: its last call, and where that call’s first line is: the file of an hour, and a byte. */
export type Cursor = { hour: number; offset: number; id: string }

export const writeCursor = ({ hour, offset, id }: Cursor): string => `${hour / HOUR_MS}.${offset}.${id}`

/** Reads what `writeCursor` wrote; null for another text. */
export function readCursor(text: string): Cursor | null {
  const [, hour, offset, id = ''] = /^(\d{1,7})\.(\d{1,15})\.([A-Za-z0-9_-]{8,64})$/.exec(text) ?? []
  return id ? { hour: Number(hour) * HOUR_MS, offset: Number(offset), id } : null
}

/** `from`, `to`: when the calls began, in milliseconds; `after`: the page before; `wants`: which calls. */
export type Span = {
  from: number
  to: number
  after?: Cursor | undefined
  limit?: number
  wants?: (call: CallRow) => boolean
}

/** `next`: where the next page continues; null: nowhere. */
export type Page = { calls: JournalCall[]; next: Cursor | null }

/** What each of our lines begins with: it tells most lines that are not asked for without reading them whole. */
const HEAD = /^\{"row":"(\w+)","id":"([\w-]+)","at":(\d+)/

/**
 * The calls that began from `from` until before `to`, in the order in which they were written, at most `limit`. Reads
 * from the end of the page before to where the last call of this one ended.
 */
export async function readPage(folder: string, span: Span): Promise<Page> {
  const { from, to, after, limit = Number.POSITIVE_INFINITY, wants = () => true } = span
  const calls = new Map<string, JournalCall>()
  let last: Cursor | null = null
  let ended = 0
  const page = (): Page => ({ calls: [...calls.values()], next: calls.size === limit ? last : null })
  const isOutside = (at: number) => calls.size === limit || at < from || at >= to
  const isOther = ([, row, id = '', at]: RegExpExecArray) =>
    row === 'call' ? isOutside(Number(at)) : !calls.has(id)

  // Lines are in the file of their hour or the next, and a call’s lines follow it there.
  for (const { path, hour } of segmentsIn(folder, after?.hour ?? from, to + HOUR_MS)) {
    const start = after?.hour === hour ? await endOfPage(path, after) : 0
    for await (const { text, offset } of linesOf(path, start)) {
      const head = HEAD.exec(text)
      if (head && isOther(head)) continue
      const row = readRow(text)
      if (!row) continue
      if (row.row === 'call') {
        if (calls.has(row.id) || isOutside(row.at) || !wants(row)) continue
        last = { hour, offset, id: row.id }
      }
      if (row.row === 'end' && calls.get(row.id)?.end === null) ended += 1
      addRow(calls, row)
      if (ended === limit) return page()
    }
  }
  return page()
}

/** The byte after the last call of a page. Its place moves when its file is pruned. */
async function endOfPage(path: string, { offset, id }: Cursor): Promise<number> {
  for (const start of [offset, 0]) {
    for await (const line of linesOf(path, start)) {
      const row = line.text.includes(id) ? readRow(line.text) : null
      if (row?.row === 'call' && row.id === id) return line.offset + Buffer.byteLength(line.text)
      if (start === offset && offset > 0) break
    }
  }
  return Number.MAX_SAFE_INTEGER
}
