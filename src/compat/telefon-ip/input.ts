import { readBytes } from '../../exchange/body.ts'
import type { HttpContext } from '../../exchange/exchange.ts'
import { toE164, toOperatorPhone } from '../../providers/telefon-ip/wire.ts'

/** A request's parameters: those of its query, and those of its body, which go before. */
export type Params = ReadonlyMap<string, string>

const FORM = 'application/x-www-form-urlencoded'
const MULTIPART = /^multipart\/form-data\b/i
const BODY_BYTES_MAX = 16 * 1024

/** Reads the query and, of a POST, a body of JSON or a form. An unreadable body has no parameters. */
export async function readParams(c: HttpContext): Promise<Params> {
  const params = new Map(new URL(c.req.url).searchParams)
  if (c.req.method !== 'POST') return params
  const bytes = await readBytes(c, BODY_BYTES_MAX)
  const type = c.req.header('content-type') ?? ''
  const members = MULTIPART.test(type) ? await partsOf(bytes, type) : membersOf(bytes.toString('utf8'), type)
  for (const [name, value] of members) params.set(name, value)
  return params
}

/** What PHP sends of an array. */
async function partsOf(bytes: Buffer, type: string): Promise<[string, string][]> {
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } })
    .formData()
    .catch(() => null)
  return [...(form ?? [])].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))
}

function membersOf(body: string, type: string): Iterable<[string, string]> {
  const isForm = type.toLowerCase().startsWith(FORM)
  if (isForm && !/^\s*\{/.test(body)) return new URLSearchParams(body)
  try {
    const value: unknown = JSON.parse(body.replace(/^\ufeff/, ''))
    if (typeof value !== 'object' || value === null) return []
    return Object.entries(value).flatMap(([name, member]): [string, string][] =>
      typeof member === 'string' || typeof member === 'number' ? [[name, String(member)]] : [],
    )
  } catch {
    return isForm ? [] : new URLSearchParams(body)
  }
}

/** A phone as clients write it (`8…`, `7…`, `+7…`, ten digits), as E.164; null for any other. */
export const readPhone = (given: string | undefined): string | null => (given ? toE164(given) : null)

/** A phone as the operator writes it; an erased one is empty. */
export const writePhone = (phone: string): string => toOperatorPhone(phone) ?? ''

/** Midnight in Moscow of a day, `2021-12-31`; null for anything else. */
export function readDay(given: string | undefined): Date | null {
  if (!given || !/^\d{4}-\d\d-\d\d$/.test(given)) return null
  const midnight = new Date(`${given}T00:00:00+03:00`)
  const day = Number.isNaN(midnight.getTime()) ? null : new Date(midnight.getTime() + 3 * 3_600_000)
  return day?.toISOString().startsWith(given) ? midnight : null
}

/** Browsers and mail programs fetch links before anybody follows them. */
export function isRead(c: HttpContext): boolean {
  const purpose = ['purpose', 'sec-purpose', 'x-purpose', 'x-moz'].map((name) => c.req.header(name) ?? '')
  return c.req.raw.method === 'HEAD' || purpose.some((value) => /prefetch|preview|prerender/i.test(value))
}
