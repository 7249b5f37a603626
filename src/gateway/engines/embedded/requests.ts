import type { Address, Headers, Request, Response, Via } from 'sip'
import { writeNumber } from '../../number-formats.ts'
import type { TrunkSettings } from '../../schemas.ts'
import type { Target } from './wire.ts'

/** Messages as we write them, from what they depend on alone. */

/** Our own address as the trunk sees it. */
export type Local = { address: string; port: number; audioPort: number }

/** One side of a dialog or registration that we begin. */
export type Thread = { callId: string; tag: string }

const ALLOWED = 'INVITE, ACK, CANCEL, BYE, OPTIONS'
const AGENT = 'Ringproof'

/** `sip:domain` or `sip:user@domain`, as trunks expect it in a Request-URI, From and To. */
const uriOf = (user: string | null, host: string, transport: Target['transport']) =>
  `sip:${user === null ? '' : `${encodeURIComponent(user).replaceAll('%2B', '+')}@`}${host}${transport === 'tcp' ? ';transport=tcp' : ''}`

const domainOf = ({ domain, server }: TrunkSettings) => domain ?? server
/** Where requests go; the port matters only where there is no domain of its own. */
const hostOf = (settings: TrunkSettings) =>
  settings.domain ?? `${settings.server}${settings.port ? `:${settings.port}` : ''}`

function viaFor({ transport }: Target, { address, port }: Local): Via {
  return { version: '2.0', protocol: transport.toUpperCase(), host: address, port, params: { rport: null } }
}

function contactFor(user: string, { transport }: Target, { address, port }: Local): Address[] {
  return [{ uri: uriOf(user, `${address}:${port}`, transport) }]
}

/** PCMA, PCMU and DTMF to a port that throws away what arrives: some trunks refuse port 9, 0 or `inactive`. */
function sdp({ address, audioPort }: Local): string {
  const lines = [
    'v=0',
    `o=ringproof 1 1 IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${audioPort} RTP/AVP 8 0 101`,
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    'a=ptime:20',
    'a=sendrecv',
  ]
  return `${lines.join('\r\n')}\r\n`
}

export type InviteParts = {
  settings: TrunkSettings
  target: Target
  local: Local
  thread: Thread
  seq: number
  /** E.164. */
  from: string
  to: string
  expiresSeconds: number
  authorization: Partial<Headers>
}

/** `Expires` ends the ringing should we vanish, at proxies that heed it. Offers neither 100rel nor timer. */
export function inviteFor(parts: InviteParts): Request {
  const { settings, target, local, thread } = parts
  const number = writeNumber(parts.from, settings.number_format)
  const called = writeNumber(parts.to, settings.called_format)
  const asserted = `<${uriOf(number, domainOf(settings), 'udp')}>`
  const shown = (place: TrunkSettings['caller_id_in'][number]) => settings.caller_id_in.includes(place)
  const fromUser = shown('from') || settings.username === '' ? number : settings.username
  return {
    method: 'INVITE',
    uri: uriOf(called, hostOf(settings), target.transport),
    headers: {
      via: [viaFor(target, local)],
      'max-forwards': '70',
      from: { uri: uriOf(fromUser, domainOf(settings), 'udp'), params: { tag: thread.tag } },
      to: { uri: uriOf(called, domainOf(settings), 'udp') },
      'call-id': thread.callId,
      cseq: { seq: parts.seq, method: 'INVITE' },
      contact: contactFor(number, target, local),
      ...(shown('pai') && { 'p-asserted-identity': asserted }),
      ...(shown('ppi') && { 'p-preferred-identity': asserted }),
      ...(shown('rpid') && { 'remote-party-id': `${asserted};party=calling;screen=yes;privacy=off` }),
      expires: String(parts.expiresSeconds),
      allow: ALLOWED,
      'user-agent': AGENT,
      ...parts.authorization,
      'content-type': 'application/sdp',
    },
    content: sdp(local),
  }
}

/** What a later process needs to end a call: all that a CANCEL repeats of its INVITE (RFC 3261 §9.1). */
export type LegRecord = {
  target: Target
  uri: string
  via: Via
  from: Address
  to: Address
  callId: string
  seq: number
}

export function legOf({ uri, headers }: Request, target: Target): LegRecord {
  const [via] = headers.via
  if (!via) throw new Error('a request without Via')
  return {
    target,
    uri,
    via: { ...via, params: { ...via.params } },
    from: headers.from,
    to: headers.to,
    callId: headers['call-id'],
    seq: headers.cseq.seq,
  }
}

/** Same Request-URI, Call-ID, From, To, branch and CSeq number as the INVITE; no body, no credentials. */
export function cancelFor(leg: LegRecord): Request {
  return bare(leg, 'CANCEL', leg.to)
}

/** The ACK of a final reply of 300 and above, for an INVITE whose transaction is gone. */
export function ackFor(leg: LegRecord, reply: Response): Request {
  return bare(leg, 'ACK', reply.headers.to)
}

function bare({ uri, via, from, callId, seq }: LegRecord, method: 'CANCEL' | 'ACK', to: Address): Request {
  return {
    method,
    uri,
    headers: {
      via: [{ ...via, params: { ...via.params } }],
      'max-forwards': '70',
      from,
      to,
      'call-id': callId,
      cseq: { seq, method },
      'user-agent': AGENT,
    },
  }
}

/** ACK or BYE within the dialog that an answer (2xx) made. */
export function inDialog(leg: LegRecord, reply: Response, method: 'ACK' | 'BYE', branch: string): Request {
  const { contact } = reply.headers
  // The package leaves out the URIs that it cannot read, and cannot write what it left out.
  const route = (reply.headers['record-route'] ?? []).filter(({ uri }) => uri).reverse()
  return {
    method,
    uri: (Array.isArray(contact) && contact[0]?.uri) || leg.uri,
    headers: {
      via: [{ ...leg.via, params: { ...leg.via.params, branch } }],
      'max-forwards': '70',
      ...(route.length > 0 && { route }),
      from: leg.from,
      to: reply.headers.to,
      'call-id': leg.callId,
      cseq: { seq: method === 'ACK' ? leg.seq : leg.seq + 1, method },
      'user-agent': AGENT,
    },
  }
}

export type OwnParts = Pick<InviteParts, 'settings' | 'target' | 'local' | 'thread' | 'seq' | 'authorization'>

/** REGISTER for `seconds`. */
export function registerFor(parts: OwnParts, seconds: number): Request {
  const { settings, target, local } = parts
  return {
    ...own(parts, 'REGISTER'),
    headers: {
      ...own(parts, 'REGISTER').headers,
      contact: contactFor(settings.username, target, local),
      expires: String(seconds),
    },
  }
}

/** OPTIONS, to learn whether the trunk answers and to keep NAT open. */
export function optionsFor(parts: OwnParts): Request {
  return own(parts, 'OPTIONS')
}

function own({ settings, target, local, thread, seq, authorization }: OwnParts, method: string): Request {
  const self = uriOf(settings.username || 'ringproof', domainOf(settings), 'udp')
  return {
    method,
    uri: uriOf(null, hostOf(settings), target.transport),
    headers: {
      via: [viaFor(target, local)],
      'max-forwards': '70',
      from: { uri: self, params: { tag: thread.tag } },
      to: { uri: method === 'OPTIONS' ? uriOf(null, domainOf(settings), 'udp') : self },
      'call-id': thread.callId,
      cseq: { seq, method },
      'user-agent': AGENT,
      ...authorization,
    },
  }
}

/** `Reason: Q.850;cause=17;text="…"` (RFC 3326): the cause. */
export function causeOf(reply: Response): number | null {
  const { reason } = reply.headers
  const cause =
    typeof reason === 'string' ? /Q\.850\s*;[^,]*?cause\s*=\s*(\d{1,3})/i.exec(reason)?.[1] : undefined
  return cause === undefined ? null : Number(cause)
}

export const ALLOW_HEADER = { allow: ALLOWED }
