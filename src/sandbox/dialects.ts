import { gzipSync } from 'node:zlib'
import type { CallStatus } from '../providers/provider.ts'

/**
 * Odd ways to write true answers about a call: with a byte-order mark; compressed without being asked;
 * numbers and flags as text; digit strings as numbers, without leading zeros; only the decisive members; the
 * other members odd (a price in words, an empty time, a phone in national notation); words instead of
 * statuses.
 */
export const DIALECTS = ['bom', 'gzip', 'strings', 'numbers', 'bare', 'odd', 'words'] as const
export type Dialect = (typeof DIALECTS)[number]

/** `content`: the JSON text, which a signature covers. `body`: the bytes sent. */
export type Spoken = { content: string; body: Uint8Array<ArrayBuffer>; headers: Record<string, string> }

/** Writes an answer as JSON in a dialect; without one, as plain JSON. */
export function speak(dialect: Dialect | undefined, value: unknown): Spoken {
  const json = JSON.stringify(
    dialect === 'strings' || dialect === 'numbers' ? retyped(dialect, value) : value,
  )
  const content = dialect === 'bom' ? `\uFEFF${json}` : json
  const headers = { 'content-type': 'application/json' }
  return dialect === 'gzip'
    ? {
        content,
        body: new Uint8Array(gzipSync(content)),
        headers: { ...headers, 'content-encoding': 'gzip' },
      }
    : { content, body: new TextEncoder().encode(content), headers }
}

function retyped(dialect: 'strings' | 'numbers', value: unknown): unknown {
  if (Array.isArray(value)) return value.map((member) => retyped(dialect, member))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, retyped(dialect, member)]))
  }
  if (dialect === 'strings') return value === null ? null : String(value)
  return typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value
}

/** Statuses of a call in the words of an operator without status codes. */
export const WORDS: Readonly<Record<CallStatus | 'open', string>> = {
  open: 'Вызов выполняется',
  answered: 'Абонент ответил',
  busy: 'Абонент занят',
  no_answer: 'Абонент не отвечает',
  delivered: 'Доставлено',
  no_such_number: 'Номер не существует',
  unreachable: 'Абонент недоступен',
  unknown: 'В обработке',
}

/** A phone (E.164) as a Russian operator may write it: `8 (924) 355-51-00`. */
export function nationally(phone: string): string {
  return phone.replace(/^\+7(\d{3})(\d{3})(\d\d)(\d\d)$/, '8 ($1) $2-$3-$4')
}
