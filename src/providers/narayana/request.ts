import { createHash } from 'node:crypto'
import { z } from 'zod'
import { issue, say } from '../../words/text.ts'
import { type Answer, type Sent, send } from '../http.ts'
import type { Account } from '../provider.ts'
import { cleanPasted, commonSettings, faultOf, poolSettings } from '../shapes.ts'
import { faultFrom, judge, type Verdict } from './answers.ts'

/** ASSUMPTION: the document shows ten hexadecimal digits. Anything else never leaves: a wrong key bans us. */
const KEY = /^[0-9A-Za-z]{6,64}$/

export const credentials = z
  .strictObject({
    key: z
      .string()
      .transform(cleanPasted)
      .pipe(z.string().regex(KEY, issue('narayana_key')))
      .describe('The API key'),
    login: z
      .string()
      .trim()
      .min(1)
      .max(64)
      .optional()
      .describe('The user: for a client key without a bound user, and for a server key'),
    password: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('The user’s password, for a client key; only its MD5 is kept, since that is what is sent'),
    password_md5: z
      .string()
      .transform((text) => cleanPasted(text).toLowerCase())
      .pipe(z.string().regex(/^[0-9a-f]{32}$/, issue('narayana_md5')))
      .optional()
      .describe('Or the MD5 of the password'),
  })
  .superRefine(({ login, password, password_md5 }, issues) => {
    const given = password ?? password_md5
    if (given !== undefined && login === undefined) {
      issues.addIssue({ code: 'custom', path: ['login'], message: issue('narayana_login') })
    }
    if (password !== undefined && password_md5 !== undefined) {
      issues.addIssue({ code: 'custom', path: ['password'], message: issue('narayana_passwords') })
    }
  })
  .transform(({ key, login, password, password_md5 }) => {
    const md5 = password === undefined ? password_md5 : createHash('md5').update(password).digest('hex')
    return { key, ...(login && { login }), ...(md5 && { password_md5: md5 }) }
  })

export const settings = z
  .strictObject({
    ...commonSettings,
    numbers: poolSettings.numbers
      .nullable()
      .default(null)
      .describe(`${poolSettings.numbers.description}; null: no flash calls`),
    version: z
      .string()
      .regex(/^\d{1,2}(\.[\w-]{1,10}){0,3}$/)
      .default('2.2')
      .describe('Version of the API, a part of its path'),
    http_method: z
      .enum(['GET', 'POST'])
      .default('GET')
      .describe('How parameters are sent: in the query, or as a form'),
    call_method: z
      .enum(['voice_message', 'callback'])
      .default('voice_message')
      .describe(
        'How flash calls are placed: as a voice message, or as the first leg of a callback, which is joined with `callback_destination` if it is answered',
      ),
    callback_destination: z
      .string()
      .regex(/^\d{5,15}$/, issue('narayana_destination'))
      .nullable()
      .default(null)
      .describe('What an answered callback dials: a number or SIP login of your own that costs nothing'),
    voice_text: z
      .string()
      .max(500)
      .regex(/\{digits\}/, issue('narayana_voice_text'))
      .default('{digits}')
      .describe('What a flash call says if it is answered; `{digits}` is the code, digit by digit'),
    sms_sender: z
      .string()
      .regex(/^[\w .-]{1,15}$/)
      .nullable()
      .default(null)
      .describe('The sender of text messages; null: as in the user’s profile'),
    timezone_hours: z
      .number()
      .min(-14)
      .max(14)
      .multipleOf(0.25)
      .nullable()
      .default(null)
      .describe('The user’s time zone in hours east of UTC; null: as the operator says'),
    ring_seconds_assumed: z
      .int()
      .min(10)
      .max(180)
      .default(60)
      .describe('How long the operator lets a phone ring; it does not say'),
    log_every_ms: z
      .int()
      .min(30)
      .max(60_000)
      .default(1_000)
      .describe(
        'How often a process reads the log at most, in milliseconds; one reading serves all that wait',
      ),
  })
  .superRefine(({ call_method, callback_destination }, issues) => {
    if (call_method === 'callback' && callback_destination === null) {
      issues.addIssue({
        code: 'custom',
        path: ['callback_destination'],
        message: issue('narayana_callback'),
      })
    }
  })

export type NarayanaCredentials = z.infer<typeof credentials>
export type NarayanaSettings = z.infer<typeof settings>
export type NarayanaAccount = Account<NarayanaCredentials, NarayanaSettings>

type Params = Record<string, string>
type AskOptions = { limitBytes?: number; onAnswer?: (answer: Answer) => void }

/** Sends one request: `{base}/{version}/{key}/{method}` («URL запроса»), with the user where one is given. */
export async function ask(
  account: NarayanaAccount,
  method: string,
  params: Params,
  { limitBytes, onAnswer }: AskOptions = {},
): Promise<Verdict | Exclude<Sent, { kind: 'answer' }>> {
  const { baseUrl, allowPrivateTargets, isStopped } = account
  const { key, login, password_md5 } = account.credentials
  const { version, http_method, request_timeout_ms: timeoutMs } = account.settings
  if (!KEY.test(key)) return { kind: 'not_sent', why: say('note_key_malformed') }
  const user: Params = { ...(login && { login }), ...(password_md5 && { password: password_md5 }) }
  const all = { ...user, ...params }
  const inBody = http_method === 'POST'
  const sent = await send({
    baseUrl,
    segments: [version, key, method],
    method: http_method,
    ...(inBody
      ? {
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams(all).toString(),
        }
      : { query: all }),
    timeoutMs,
    ...(limitBytes && { limitBytes }),
    allowPrivateTargets,
    isStopped,
  })
  if (sent.kind !== 'answer') return sent
  onAnswer?.(sent)
  return judge(sent)
}

/** The value of a success. Throws `ProviderFault`. */
export async function valueFrom(
  account: NarayanaAccount,
  method: string,
  params: Params,
  options?: AskOptions,
): Promise<unknown> {
  const verdict = await ask(account, method, params, options)
  if (verdict.kind === 'value') return verdict.value
  if (verdict.kind === 'not_sent' || verdict.kind === 'unclear') throw faultOf(verdict)
  throw faultFrom(verdict, secretsOf(account))
}

/** What no text may contain: the key and the user. */
export function secretsOf({ credentials: { key, login, password_md5 } }: NarayanaAccount): string[] {
  return [key, login ?? '', password_md5 ?? ''].filter((secret) => secret !== '')
}
