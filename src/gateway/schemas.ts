import { z } from 'zod'
import { readCursor } from './journal-pages.ts'
import { isNumberFormat } from './number-formats.ts'

const e164 = z.string().regex(/^\+[1-9]\d{7,14}$/, 'must be E.164')
const header = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[^\p{Cc}\p{Cs}"\\<>]*$/u, 'must hold no control characters, quotes or brackets')
const host = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9.-]+$/, 'must be a host name or an IPv4 address')
const port = z.int().min(1).max(65535)
const format = z.string().max(40).refine(isNumberFormat, 'must be +e164, e164, 8national or contain {e164}')

export const trunkId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)
/** The attempt’s id: it names the call here, at the trunk’s side it is not seen. */
export const callId = z.string().regex(/^[A-Za-z0-9_-]{8,64}$/)

/** A trunk as its account describes it. Kept in memory only: callers tell it again. Times in milliseconds. */
export const trunkSchema = z.strictObject({
  server: host,
  /** Absent: SRV records of `server`, else 5060. */
  port: port.optional(),
  transport: z.enum(['udp', 'tcp']).default('udp'),
  /** The domain of our SIP addresses; `server` by default. */
  domain: host.optional(),
  username: header(128).default(''),
  password: z.string().max(256).default(''),
  register: z.boolean().default(false),
  register_seconds: z.int().min(30).max(86_400).default(300),
  /** Where trunks look for the calling number. */
  caller_id_in: z
    .array(z.enum(['from', 'pai', 'ppi', 'rpid']))
    .min(1)
    .default(['from']),
  number_format: format.default('+e164'),
  called_format: format.default('+e164'),
  max_in_flight: z.int().min(1).max(10_000).default(10),
  max_per_second: z.number().min(0.01).max(1000).default(5),
  progress_means_ringing: z.boolean().default(true),
  not_found_is_final: z.boolean().default(false),
  /** Our address as the trunk sees it, behind NAT. */
  public_address: z.ipv4().optional(),
  /** The port announced for audio; our own by default. */
  sdp_port: port.optional(),
  /** Pause between two OPTIONS; 0: none. */
  options_seconds: z.int().min(0).max(3600).default(30),
})
export type TrunkSettings = z.infer<typeof trunkSchema>

export const callSchema = z.strictObject({
  trunk: z.strictObject({ id: trunkId, settings: trunkSchema }),
  from: e164,
  to: e164,
  ring_ms: z.int().min(200).max(15_000).default(6000),
  setup_ms: z.int().min(1000).max(30_000).default(20_000),
})
export type CallOrder = z.infer<typeof callSchema>

export const listSchema = z.strictObject({
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }),
  phone: e164.optional(),
  trunk: trunkId.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(500),
  /** `next` of the page before. */
  after: z
    .string()
    .transform((text, { addIssue }) => {
      const cursor = readCursor(text)
      if (!cursor) addIssue('must be the `next` of a page')
      return cursor ?? undefined
    })
    .optional(),
})
