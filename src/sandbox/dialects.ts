import { gzipSync } from 'node:zlib'
import type { CallStatus } from '../providers/provider.ts'

/**
 * How an operator can tell the truth oddly, in every answer about a call: with a byte-order mark in front; compressed though nobody asked;
 * numbers and flags as text; what is all digits as a number, without its leading zeros; only what decides; the rest there but odd (a
 * price in words, an empty time, a phone in national notation); words in place of statuses.
 */
export const DIALECTS = ['bom', 'gzip', 'strings', 'numbers', 'bare', 'odd', 'words'] as const
export type Dialect = (typeof DIALECTS)[number]

/** `content` is what a signature covers: the JSON text; `body` goes out. */
export type Spoken = { content: string; body: Uint8Array<ArrayBuffer>; headers: Record<string, string> }

/** An answer as the dialect writes JSON; without one, as everybody does. */
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

/** How a call stands in the words of an operator that has no other statuses. */
export const WORDS: Readonly<Record<CallStatus | 'open', string>> = {
  open: 'Вызов выполняется',
  answered: 'Абонент ответил',
  busy: 'Абонент занят',
  no_answer: 'Абонент не отвечает',
  no_such_number: 'Номер не существует',
  unreachable: 'Абонент недоступен',
  unknown: 'В обработке',
}

/** A phone (E.164) as an operator of Russia may write it: `8 (924) 355-51-00`. */
export function nationally(phone: string): string {
  return phone.replace(/^\+7(\d{3})(\d{3})(\d\d)(\d\d)$/, '8 ($1) $2-$3-$4')
}
