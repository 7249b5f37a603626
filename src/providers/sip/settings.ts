import { z } from 'zod'
import { isNumberFormat } from '../../gateway/number-formats.ts'
import { type TrunkSettings, trunkSchema } from '../../gateway/schemas.ts'
import type { TrunkAddress } from '../../gateway/trunk-address.ts'
import { issue } from '../../words/text.ts'
import { commonSettings, poolSettings } from '../shapes.ts'

const trunk = trunkSchema.shape

/** A host name or an IPv4 address. */
export const HOST_NAME = /^[A-Za-z0-9.-]+$/

/** A SIP user. No control characters, quotes or brackets: it stands in headers, and the gateway refuses them. */
export const sipUser = z
  .string()
  .trim()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}\p{Cs}"\\<>]*$/u, issue('sip_username'))

const shown = z
  .string()
  .max(40)
  .regex(/^(\+e164|e164|8national|[\w+*.-]*\{e164\})$/, issue('sip_number_format'))
  .default('+e164')

const called = z.string().max(40).refine(isNumberFormat, issue('sip_called_format')).default('+e164')

/** Settings of every account that calls over SIP. */
export const sipSettings = {
  ...commonSettings,
  ...poolSettings,
  request_timeout_ms: commonSettings.request_timeout_ms.unwrap().default(5_000),
  poll_max_ms: commonSettings.poll_max_ms.unwrap().default(1_500),
  max_in_flight: trunk.max_in_flight.describe('Calls at once, as the contract with the trunk allows'),
  max_per_second: trunk.max_per_second.describe('Calls a second; 0.2 is one in five seconds'),
  ring_ms: z
    .int()
    .min(3_000)
    .max(15_000)
    .default(6_000)
    .describe('How long the phone rings, in milliseconds; under six seconds some show no missed call'),
  setup_ms: z
    .int()
    .min(5_000)
    .max(30_000)
    .default(20_000)
    .describe('How long it may take until it rings, in milliseconds'),
  domain: z
    .string()
    .max(253)
    .regex(HOST_NAME, issue('host_name'))
    .nullable()
    .default(null)
    .describe('The domain of our SIP addresses; null: the server'),
  register: trunk.register.describe('Register at the trunk; only then does it take calls'),
  register_seconds: trunk.register_seconds.describe('How long a registration lasts'),
  caller_id_in: trunk.caller_id_in.describe(
    'Where the trunk looks for the calling number: `from`, `pai`, `ppi`, `rpid`',
  ),
  number_format: shown.describe(
    'How the trunk wants our numbers: `+e164`, `e164`, `8national`, or a prefix before `{e164}`',
  ),
  called_format: called.describe('How it wants the phone: likewise, or any text with `{e164}`'),
  progress_means_ringing: trunk.progress_means_ringing.describe('Whether a 183 means that the phone rings'),
  not_found_is_final: trunk.not_found_is_final.describe('Whether a 404 is certain: no such number'),
  public_address: z
    .ipv4(issue('ipv4'))
    .nullable()
    .default(null)
    .describe('Our address as the trunk sees it, behind NAT; null: our own'),
  sdp_port: trunk.sdp_port
    .unwrap()
    .nullable()
    .default(null)
    .describe('The port announced for audio; null: our own'),
  options_seconds: trunk.options_seconds.describe('Pause between two OPTIONS; 0: none'),
}

const shape = z.strictObject(sipSettings)
export type SipSettings = z.infer<typeof shape>

/** The trunk as the gateway is told of it, with its user where it has one. */
export function trunkOf(
  { server, port, transport }: TrunkAddress,
  { username, password }: { username?: string | undefined; password?: string | undefined },
  chosen: Omit<SipSettings, 'numbers'>,
): TrunkSettings {
  const { domain, public_address, sdp_port } = chosen
  return trunkSchema.strip().parse({
    ...chosen,
    server,
    port,
    transport,
    username,
    password,
    domain: domain ?? undefined,
    public_address: public_address ?? undefined,
    sdp_port: sdp_port ?? undefined,
  })
}
