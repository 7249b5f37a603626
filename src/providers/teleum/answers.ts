import { z } from 'zod'
import type { Answer } from '../http.ts'
import { flag, parseJson, text } from '../read.ts'
import { judgeStrange, type Strange } from '../strange.ts'

/** What an answer proves. */
export type Verdict =
  | { kind: 'value'; value: Record<string, unknown> }
  | { kind: 'error'; message: string }
  /** `SESSION ENDED`, and any other HTTP 401: logging in helps, or shows that the user is rejected. */
  | { kind: 'ended' }
  | ({ kind: 'unbelievable' } & Strange)

/** `getRecordLink` writes its errors in other members than all other methods. */
const errors = z
  .object({
    err: flag.catch(false),
    error: flag.catch(false),
    errmsg: text.catch(''),
    errormsg: text.catch(''),
    description: text.catch(''),
  })
  .transform(({ err, error, errmsg, errormsg, description }) => ({
    failed: err || error,
    message: errmsg || errormsg || description,
  }))

/** Judges an answer: an object whose `err` is 1 if the method failed. */
export function judge(answer: Pick<Answer, 'status' | 'text' | 'address'>): Verdict {
  const { status } = answer
  const value = status >= 300 && status < 400 ? null : asObject(parseJson(answer.text))
  if (status === 401 || /^\W*(?:error\W*401\W*)?SESSION ENDED\W*$/i.test(answer.text))
    return { kind: 'ended' }
  if (value) {
    const { failed, message } = errors.parse(value)
    if (failed && /SESSION ENDED/i.test(message)) return { kind: 'ended' }
    if (failed) return { kind: 'error', message }
    if (status === 200 && Object.keys(value).length > 0) return { kind: 'value', value }
  }
  return { kind: 'unbelievable', ...judgeStrange(answer) }
}

function asObject(value: unknown): Record<string, unknown> | null {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (withTrimmedKeys(value) as Record<string, unknown>) : null
}

/** The document’s examples have blanks inside the quotes of names: `" number "`. */
function withTrimmedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTrimmedKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name.trim(), withTrimmedKeys(member)]),
  )
}
