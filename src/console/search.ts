import { cleanNumber, withoutMarks } from '../values/pasted.ts'
import { parsePhone } from '../values/phone.ts'

/** The ways to find verifications, as the address names them. */
export const WAYS = [
  'phone',
  'phone_begins',
  'phone_ends',
  'id_begins',
  'attempt',
  'reference',
  'text',
] as const

export type Way = (typeof WAYS)[number]

export type Search = { way: Way; value: string }

/**
 * What a text in the search field may mean, most likely first: the first one that finds anything counts.
 * `defaultRegion`: the country whose national notation is understood.
 */
export function searchesOf(typed: string, defaultRegion: string | null): Search[] {
  const text = withoutMarks(typed).trim()
  if (!text) return []
  const anywhere: Search[] = [
    { way: 'reference', value: text },
    { way: 'text', value: text },
  ]
  const [, id] = /^ver_([0-9a-f]{1,32})$/i.exec(text) ?? []
  if (id) return [{ way: 'id_begins', value: id.toLowerCase() }]
  if (/^att_[0-9a-f]{32}$/i.test(text)) return [{ way: 'attempt', value: text.toLowerCase() }]
  const digits = cleanNumber(text).replace(/[\s().-]/g, '')
  if (/^\+\d{1,15}$/.test(digits)) return wholeOrBegun(digits)
  const national = parsePhone(text, defaultRegion)?.e164
  // In national notation a number starts with a trunk prefix (8, 0) that E.164 lacks.
  if (national && !national.endsWith(digits)) return [{ way: 'phone', value: national }]
  if (/^\d{4,15}$/.test(digits)) {
    return [{ way: 'phone_ends', value: digits }, { way: 'phone_begins', value: `+${digits}` }, ...anywhere]
  }
  return anywhere
}

function wholeOrBegun(digits: string): Search[] {
  const begun: Search = { way: 'phone_begins', value: digits }
  return parsePhone(digits, null) ? [{ way: 'phone', value: digits }, begun] : [begun]
}
