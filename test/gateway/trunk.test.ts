import { describe, expect, it } from 'vitest'
import { hasProgram } from '../setup/programs.ts'
import { CANCELLED, HUNG_UP, RINGS, scenario, startSipp } from '../setup/sip-peers.ts'
import { waitFor } from '../setup/wait.ts'
import { trunkThat } from './sipp.ts'
import { startGatewayProcess, startTestGateway } from './support.ts'

/** The trunk asks for a password: `[realm]` and a nonce. */
const challenge = (nonce: string, more = '') =>
  `407 Proxy Authentication Required\nProxy-Authenticate: Digest realm="trunk", nonce="${nonce}"${more}`

describe.skipIf(!hasProgram('sipp'))('a call through a trunk', () => {
  it.each(['udp', 'tcp'] as const)(
    'rings as long as ordered and is cancelled, over %s',
    async (transport) => {
      const gateway = await startTestGateway()
      const trunk = await trunkThat([...RINGS, ...CANCELLED], { transport })
      const placed = await gateway.place(trunk.settings)
      expect([placed.status, placed.body.state, placed.body.alerted]).toEqual([201, 'alerted', true])
      const call = await gateway.ended(placed.id)
      expect(call.sip_status).toBe(487)
      expect(call.verdict).toMatchObject({ status: 'no_answer', refusal: null, assumed: false })
      await waitFor(() => trunk.received('ACK').length === 1)
      expect(trunk.received('INVITE')).toHaveLength(1)
    },
  )

  it('is dialled once for an id, however often it is ordered', async () => {
    const gateway = await startTestGateway()
    const trunk = await trunkThat([...RINGS, ...CANCELLED])
    const order = { id: 'attempt-1' }
    const answers = await Promise.all([1, 2, 3].map(() => gateway.place(trunk.settings, order)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201])
    await gateway.ended('attempt-1')
    expect((await gateway.place(trunk.settings, order)).body.state).toBe('ended')
    expect((await gateway.place(trunk.settings, { ...order, to: '+79243555101' })).status).toBe(409)
    expect(trunk.received('INVITE')).toHaveLength(1)
  })

  it('is hung up at once when somebody answers, also when the answer crosses our CANCEL', async () => {
    const gateway = await startTestGateway()
    for (const steps of [
      [...RINGS, '200 OK', ...HUNG_UP],
      ['recv INVITE', '200 OK', ...HUNG_UP],
      [...RINGS, 'recv CANCEL', '200 OK', 'invite 200 OK', ...HUNG_UP],
      [...RINGS, 'recv CANCEL', 'invite 200 OK', ...HUNG_UP],
      // Two phones ring; the second answers.
      ['recv INVITE', '180 Ringing\ntag=one', '180 Ringing\ntag=two', '200 OK\ntag=two', ...HUNG_UP],
    ]) {
      const trunk = await trunkThat(steps)
      const { id } = await gateway.place(trunk.settings, { trunkId: `port-${trunk.settings.port}` })
      expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'answered' })
      const bye = await waitFor(() => trunk.received('BYE')[0])
      if (steps[1]?.includes('one')) expect(bye?.text).toMatch(/^To:.*tag=two/m)
    }
  })

  it.each([
    ['486 Busy Here', { status: 'unreachable', refusal: null }],
    ['486 Busy Here\nReason: Q.850;cause=34', { status: 'unreachable', refusal: 'unavailable' }],
    ['404 Not Found', { status: 'unreachable', refusal: null }],
    ['404 Not Found\nReason: Q.850;cause=1;text="unallocated"', { status: 'no_such_number', refusal: null }],
    ['503 Service Unavailable\nRetry-After: 1', { refusal: 'unavailable' }],
    ['302 Moved\nContact: <sip:x@127.0.0.9>', { refusal: 'other' }],
    ['402 Payment Required', { refusal: 'balance' }],
  ])(
    'that never rings and ends with %s is certainly no call, and is not repeated',
    async (reply, verdict) => {
      const gateway = await startTestGateway()
      const trunk = await trunkThat(['recv INVITE', '100 Trying', reply, 'recv ACK'])
      const overTcp = await startSipp(scenario('recv INVITE', '180 Ringing'), {
        address: '127.0.0.2',
        port: trunk.settings.port,
        transport: 'tcp',
      })
      const placed = await gateway.place(trunk.settings)
      expect(placed.body).toMatchObject({ state: 'ended', alerted: false, verdict })
      await waitFor(() => trunk.received('ACK').length === 1)
      expect([trunk.received('INVITE').length, overTcp.messages().length]).toEqual([1, 0])
      await overTcp.stop()
    },
  )

  it('with an announcement in place of ringing ends as the network says', async () => {
    const gateway = await startTestGateway()
    const trunk = await trunkThat([
      ...['recv INVITE', '183 Session Progress', 'pause 100'],
      ...['480 Temporarily Unavailable\nReason: Q.850;cause=20', 'recv ACK'],
    ])
    const { id } = await gateway.place(trunk.settings)
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'unreachable' })
  })

  it('has one ring timer, whatever provisional replies follow', async () => {
    const gateway = await startTestGateway()
    const more = ['180 Ringing', '183 Session Progress', 'pause 200', '180 Ringing']
    const trunk = await trunkThat([...RINGS, ...more, ...CANCELLED])
    const { id } = await gateway.place(trunk.settings)
    await gateway.ended(id)
    expect(trunk.received('CANCEL')).toHaveLength(1)
  })

  it('is cancelled when it does not ring in time', async () => {
    const gateway = await startTestGateway()
    const trunk = await trunkThat(['recv INVITE', '100 Trying', ...CANCELLED])
    const { id } = await gateway.place(trunk.settings, { setup_ms: 1000 })
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'unreachable', assumed: false })
  })

  it.each([
    ['before the CANCEL is confirmed', ['recv CANCEL', 'invite 487 Gone', 'recv ACK']],
    ['long after it', ['recv CANCEL', '200 OK', 'pause 1000', 'invite 487 Gone', 'recv ACK']],
  ])('ends as usual when the end is reported %s', async (_when, steps) => {
    const gateway = await startTestGateway()
    const trunk = await trunkThat([...RINGS, ...steps])
    const { id } = await gateway.place(trunk.settings)
    expect(await gateway.ended(id)).toMatchObject({ sip_status: 487, verdict: { assumed: false } })
    await waitFor(() => trunk.received('ACK').length === 1)
  })

  it('takes a 401 like a 407', async () => {
    const gateway = await startTestGateway()
    const asks = '401 Unauthorized\nWWW-Authenticate: Digest realm="trunk", nonce="a", opaque="o"'
    const trunk = await trunkThat([
      'recv INVITE',
      asks,
      'recv ACK',
      'recv INVITE',
      ...RINGS.slice(1),
      ...CANCELLED,
    ])
    const { id } = await gateway.place({ ...trunk.settings, username: 'line', password: 'right' })
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'no_answer' })
    expect(trunk.received('INVITE')[1]?.text).toMatch(/^Authorization: Digest .*opaque="o"/m)
  })

  it('is cancelled on request', async () => {
    const gateway = await startTestGateway()
    const trunk = await trunkThat([...RINGS, ...CANCELLED])
    const { id } = await gateway.place(trunk.settings, { ring_ms: 15_000 })
    await gateway.request('DELETE', `/v1/calls/${id}`)
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'no_answer' })
  })

  it('without any reply is unclear, and no CANCEL is sent', async () => {
    const gateway = await startTestGateway({ patienceMs: 3500 })
    const trunk = await trunkThat(['recv INVITE', 'pause 60000', '486 Busy Here'])
    const placed = await gateway.place(trunk.settings)
    expect(placed.body).toMatchObject({ state: 'inviting', alerted: false, verdict: null })
    const call = await gateway.ended(placed.id)
    expect(call.verdict).toMatchObject({ status: 'unknown', unclear: true })
    expect(trunk.received('CANCEL')).toHaveLength(0)
  })

  it('ends when the trunk never confirms the CANCEL', async () => {
    const gateway = await startTestGateway({ patienceMs: 500 })
    const trunk = await trunkThat([...RINGS, 'recv CANCEL', '200 OK', 'pause 60000', 'invite 487 Late'])
    const { id } = await gateway.place(trunk.settings)
    const call = await gateway.ended(id)
    expect(call).toMatchObject({ sip_status: 0, verdict: { status: 'no_answer', assumed: true } })
  })

  it('offers a password once, and never again after two refusals in a row', async () => {
    const gateway = await startGatewayProcess()
    const refuses = ['recv INVITE', challenge('1'), 'recv ACK', 'recv INVITE', challenge('2'), 'recv ACK']
    const trunk = await trunkThat(refuses)
    const settings = { ...trunk.settings, username: 'line', password: 'wrong' }
    const several = await Promise.all([1, 2, 3, 4, 5].map(() => gateway.place(settings)))
    expect(several.map(({ body }) => body.verdict?.refusal ?? body.error).sort()).toEqual(
      ['stopped', 'stopped', 'stopped', 'unauthorized', 'unauthorized'].sort(),
    )
    expect((await gateway.place(settings)).status).toBe(503)
    expect(trunk.received('INVITE')).toHaveLength(4)
    expect((await gateway.request('GET', '/v1/trunks/trunk')).body.stopped).toBe(true)
    await gateway.request('POST', '/v1/trunks/trunk/restart')
    expect((await gateway.place(settings)).body.verdict.refusal).toBe('unauthorized')
    expect(gateway.logs()).not.toContain('wrong')
  })

  it('takes a new nonce when only that was too old, and answers what it can of several challenges', async () => {
    const gateway = await startTestGateway()
    const several =
      ', algorithm=SHA-512-256\nProxy-Authenticate: Digest realm="trunk", nonce="b", algorithm=SHA-256, qop="auth"' +
      '\nProxy-Authenticate: Digest realm="other", nonce="c", qop="auth-int, auth"'
    const trunk = await trunkThat([
      ...['recv INVITE', challenge('a', several), 'recv ACK'],
      ...['recv INVITE', challenge('d', ', stale=true'), 'recv ACK', ...RINGS, ...CANCELLED],
    ])
    const { id } = await gateway.place({ ...trunk.settings, username: 'line', password: 'right' })
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'no_answer' })
    const [first, second, third] = trunk.received('INVITE')
    expect(first?.text).not.toMatch(/Authorization/)
    expect(second?.text).toMatch(/^Proxy-Authorization: Digest .*realm="trunk",nonce="b"/im)
    expect(second?.text).toMatch(/^Proxy-Authorization: Digest .*realm="other",nonce="c"/im)
    expect(third?.text).toMatch(/nonce="d"/)
    expect(new Set([first, second, third].map((each) => each?.callId)).size).toBe(1)
  })

  it('keeps to the trunk’s channels and calls a second', async () => {
    const gateway = await startTestGateway()
    const trunk = await trunkThat([...RINGS, ...CANCELLED])
    const settings = { ...trunk.settings, max_in_flight: 2, max_per_second: 1000 }
    const all = await Promise.all([1, 2, 3].map(() => gateway.place(settings, { ring_ms: 2000 })))
    expect(all.map(({ status }) => status).sort()).toEqual([201, 201, 429])
    const slow = { ...trunk.settings, max_per_second: 0.01 }
    expect((await gateway.place(slow, { trunkId: 'slow' })).status).toBe(201)
    expect((await gateway.place(slow, { trunkId: 'slow' })).body.error).toMatch(/rate|channels/)
  })

  it('shows its number where and as the trunk wants it', async () => {
    const gateway = await startTestGateway()
    const trunk = await trunkThat([...RINGS, ...CANCELLED])
    await gateway.place({
      ...trunk.settings,
      domain: 'sip.example.net',
      username: 'line',
      caller_id_in: ['pai', 'ppi', 'rpid'],
      number_format: '8national',
      called_format: '00{e164}',
    })
    const [invite] = trunk.received('INVITE')
    expect(invite?.text).toMatch(/^INVITE sip:0079243555100@sip\.example\.net SIP/)
    expect(invite?.text).toMatch(/^From: +<sip:line@sip\.example\.net>;tag=/m)
    expect(invite?.text).toMatch(/^P-Asserted-Identity: <sip:84951234567@sip\.example\.net>\r$/m)
    expect(invite?.text).toMatch(/^P-Preferred-Identity: <sip:84951234567@/m)
    expect(invite?.text).toMatch(/^Remote-Party-Id: <sip:84951234567@.*>;party=calling;screen=yes/im)
    expect(invite?.text).not.toMatch(/100rel|timer/)
  })
})
