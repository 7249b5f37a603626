import { expectStatus, type SendRequest } from './client.ts'
import { arrivals, nextArrival, type Say, until } from './handset.ts'

/** On the way to this phone every flash call vanishes; messages arrive. */
const CALLS_VANISH = '+79000000010'
/** Nothing arrives at this phone, but it can call. */
const CALLS_IN = '+79000000011'

/** A flash call vanishes, so an SMS follows; its code verifies the phone. */
export async function fallBack(request: SendRequest, say: Say): Promise<void> {
  const before = await arrivals(request, 'messages', CALLS_VANISH)
  const workflow = [{ channel: 'flash_call', wait_seconds: 15 }, { channel: 'sms' }]
  const id = await start(request, say, { phone: CALLS_VANISH, workflow }, 'flash call, after 15 s an SMS')
  if (!id) return
  const { text = '' } = await nextArrival(request, 'messages', CALLS_VANISH, before)
  if ((await arrivals(request, 'calls', CALLS_VANISH)).length > 0) throw new Error('The phone rang')
  say(`no call arrived; the handset of ${CALLS_VANISH} got an SMS: ${text.split('\n')[0]}`)
  const { code_length: length } = await read(request, id)
  const [code] = new RegExp(`(?<!\\d)\\d{${length}}(?!\\d)`).exec(text) ?? []
  const path = `/v1/verifications/${id}/confirm`
  const { status, channel } = expectStatus(await request('POST', path, { code }), 200, `POST ${path}`).body
  if (status !== 'approved' || channel !== 'sms') throw new Error(`${status} by ${channel}, not by sms`)
  say(`POST …/confirm with the code of the SMS: ${status}`)
}

/** The phone itself calls a number; the operator reports who called. */
export async function callIn(request: SendRequest, say: Say): Promise<void> {
  const id = await start(request, say, { phone: CALLS_IN, channel: 'inbound_call' }, 'inbound call')
  if (!id) return
  const to = await until('number to call', async () => (await read(request, id)).call_to)
  say(`call_to: ${to.display}, until ${to.expires_at.slice(11, 19)}`)
  const body = { from: CALLS_IN, to: to.number }
  const answer = await request('POST', '/v1/sandbox/inbound', body)
  const { awaited } = expectStatus(answer, 200, 'POST /v1/sandbox/inbound').body
  if (!awaited) throw new Error('No operator waited for the call')
  say(`the handset of ${CALLS_IN} called it`)
  const ended = await until('end of the verification', async () => {
    const verification = await read(request, id)
    return verification.completed_at ? verification : null
  })
  if (ended.status !== 'approved') throw new Error(`The verification is ${ended.status}, not approved`)
  say(`GET /v1/verifications/ver_…: ${ended.status}, no code typed`)
}

/** Null if the phone was verified too often of late, in a service that runs for longer than the demo. */
async function start(
  request: SendRequest,
  say: Say,
  body: { phone: string; channel?: string; workflow?: object[] },
  way: string,
): Promise<string | null> {
  const answer = await request('POST', '/v1/verifications', body)
  if (answer.status === 429) {
    say(`POST /v1/verifications for ${body.phone}: ${answer.body.detail} Skipped.`)
    return null
  }
  const { id, status } = expectStatus(answer, 201, 'POST /v1/verifications').body
  say(`POST /v1/verifications for ${body.phone}, ${way}: ${id}, ${status}`)
  return id
}

const read = async (request: SendRequest, id: string) =>
  expectStatus(await request('GET', `/v1/verifications/${id}`), 200, `GET ${id}`).body
