import { createLocalJWKSet, jwtVerify } from 'jose'
import { type Answer, expectStatus, type SendRequest } from './client.ts'
import { arrivals, nextArrival, type Say } from './handset.ts'
import { table } from './table.ts'

type Event = { at: string; type: string; actor: string; data: Record<string, unknown>; hash: string }

const PHONE = '+79243555100'
const EXPECTED_EVENTS = [
  'verification.created',
  'attempt.queued',
  'attempt.placing',
  'attempt.placed',
  'check.right',
  'verification.approved',
]

/** Verifies a phone as a client does, then checks the proof and the audit. Throws at the first surprise. */
export async function demonstrate(request: SendRequest, say: Say): Promise<void> {
  const before = await arrivals(request, 'calls', PHONE)
  const { id, phone } = await start(request, say)
  const { from } = await nextArrival(request, 'calls', phone, phone === PHONE ? before : [])
  say(`the handset of ${phone} rang: ${from}`)
  const { code_length: length } = expectStatus(
    await request('GET', `/v1/verifications/${id}`),
    200,
    `GET ${id}`,
  ).body
  await confirm(request, say, { id, phone, code: from.slice(-length) })
  await audit(request, say, id)
}

async function start(request: SendRequest, say: Say): Promise<{ id: string; phone: string }> {
  let answer = await request('POST', '/v1/verifications', { phone: PHONE })
  if (answer.status === 429) {
    say(`POST /v1/verifications for ${PHONE}: ${answer.body.detail} Taking another number.`)
    const other = `+7924${String(Math.floor(Math.random() * 1e7)).padStart(7, '0')}`
    answer = await request('POST', '/v1/verifications', { phone: other })
  }
  const { id, status, phone } = expectStatus(answer, 201, 'POST /v1/verifications').body
  say(`POST /v1/verifications for ${phone}: ${id}, ${status}`)
  return { id, phone }
}

async function confirm(
  request: SendRequest,
  say: Say,
  given: { id: string; phone: string; code: string },
): Promise<void> {
  const { id, phone, code } = given
  const path = `/v1/verifications/${id}/confirm`
  const answer: Answer = expectStatus(await request('POST', path, { code }), 200, `POST ${path}`)
  const { status, proof } = answer.body
  if (status !== 'approved') throw new Error(`The verification is ${status}, not approved`)
  say(`POST …/confirm with its last digits: ${status}`)
  const jwks = expectStatus(
    await request('GET', '/.well-known/jwks.json'),
    200,
    'GET /.well-known/jwks.json',
  ).body
  const { payload } = await jwtVerify(proof, createLocalJWKSet(jwks))
  if (payload.sub !== phone || payload.jti !== id) throw new Error('The proof is for another verification')
  say(`the proof is valid: ${payload.sub} was verified by ${payload.iss}`)
}

async function audit(request: SendRequest, say: Say, id: string): Promise<void> {
  const path = `/v1/verifications/${id}/audit`
  const answer = expectStatus(await request('GET', path), 200, `GET ${path}`)
  const { data, chain } = answer.body as { data: Event[]; chain: string }
  say(`GET …/audit: ${data.length} events, chain ${chain}\n`)
  const rows = data.map(({ at, type, actor, data: details, hash }) => [
    at.slice(11, 23),
    type,
    shorten(actor, 12),
    hash.slice(0, 8),
    shorten(JSON.stringify(details), 60),
  ])
  console.log(table([['at', 'event', 'actor', 'hash', 'data'], ...rows]))
  if (chain !== 'intact') throw new Error(`The audit chain is ${chain}`)
  const missing = EXPECTED_EVENTS.filter((type) => !data.some((event) => event.type === type))
  if (missing.length > 0) throw new Error(`The audit lacks ${missing.join(', ')}`)
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}
