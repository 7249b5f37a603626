import { z } from 'zod'
import { trunkSchema } from '../../gateway/schemas.ts'
import { issue } from '../../words/text.ts'
import type { Account, CommonSettings } from '../provider.ts'
import { commonSettings, poolSettings } from '../shapes.ts'
import { HOST_NAME, sipSettings, sipUser } from '../sip/settings.ts'

const LINES_MAX = 10_000
const sip = trunkSchema.shape
// Lines show their own numbers, and there may be thousands: no OPTIONS.
const { caller_id_in: _from, options_seconds: _options, ...overSip } = sipSettings

/** A line as a text, `+78123232323 100200300 password`: so, more than a thousand fit into one request. */
const WRITTEN = /^\s*(\+\d+)\s+(\S+)\s+(\S+)\s*$/

function fromText(given: unknown, issues: z.RefinementCtx): unknown {
  if (typeof given !== 'string') return given
  const [, number, user, password] = WRITTEN.exec(given) ?? []
  if (number) return { number, user, password }
  issues.addIssue({ code: 'custom', message: issue('teleum_line') })
  return z.NEVER
}

const lineShape = z.strictObject({
  number: z
    .string()
    .transform((text) => text.replace(/[\s()-]/g, ''))
    .pipe(z.string().regex(/^\+[1-9]\d{8,14}$/, issue('phone')))
    .describe('The number that the line shows (its `rcid`), E.164'),
  user: sipUser.describe('The number of the line: its SIP user'),
  password: z.string().min(1).max(128).describe('The line’s SIP password'),
})
const line = z.preprocess(fromText, lineShape)
export type TeleumLine = z.infer<typeof lineShape>

export const credentials = z.strictObject({
  email: z.string().trim().min(3).max(200).describe('The user’s email address'),
  password: z.string().min(1).max(200).describe('The user’s password'),
  lines: z
    .array(line)
    .max(LINES_MAX)
    .superRefine((lines, issues) => {
      const seen = new Set<string>()
      const again = lines.findIndex(({ number }) => seen.size === seen.add(number).size)
      if (again < 0) return
      issues.addIssue({ code: 'custom', path: [again, 'number'], message: issue('teleum_line_twice') })
    })
    .default([])
    .describe(
      'The SIP lines, one for each number to call from, as objects or as texts (`+78123232323 100200300 password`); without lines there are no calls',
    ),
})

export const settings = z.strictObject({
  ...overSip,
  max_in_flight: commonSettings.max_in_flight,
  max_per_second: commonSettings.max_per_second,
  numbers: poolSettings.numbers
    .nullable()
    .default(null)
    .describe(`${poolSettings.numbers.description}; null: the numbers of the lines`),
  server: z
    .string()
    .max(253)
    .regex(HOST_NAME, issue('host_name'))
    .nullable()
    .default(null)
    .describe('The SIP server of the lines: a name or an IPv4 address. Ask the operator; null: no calls'),
  port: sip.port
    .unwrap()
    .nullable()
    .default(null)
    .describe('The port of the SIP server; null: its SRV records, or 5060'),
  transport: sip.transport.describe('How SIP is sent'),
  caller_id_by: z
    .enum(['line', 'from'])
    .default('line')
    .describe(
      'How the calling number is chosen: by the line that calls, each with a number of its own, or by `From`, so that the first line calls from every number. `from` only after a test call has shown the number',
    ),
})

export type TeleumCredentials = z.infer<typeof credentials>
export type TeleumSettings = z.infer<typeof settings>
export type TeleumAccount = Account<TeleumCredentials, TeleumSettings & CommonSettings>

const byLines = new WeakMap<readonly TeleumLine[], string[]>()

/** The numbers to call from: the same array for the same account. */
export function numbersOf({ numbers }: TeleumSettings, given: TeleumCredentials | null): readonly string[] {
  if (numbers) return numbers
  const { lines = [] } = given ?? {}
  const known = byLines.get(lines) ?? lines.map(({ number }) => number)
  byLines.set(lines, known)
  return known
}

/** The line that calls from a number (E.164); null without one. */
export function lineFor({ settings: chosen, credentials: { lines } }: TeleumAccount, number: string) {
  const own = lines.find((one) => one.number === number)
  return own ?? (chosen.caller_id_by === 'from' ? lines[0] : null) ?? null
}

/** What no text may contain. */
export const secretsOf = ({ credentials: { email, password, lines } }: TeleumAccount): string[] => [
  email,
  password,
  ...lines.slice(0, 20).flatMap((one) => [one.user, one.password]),
]
