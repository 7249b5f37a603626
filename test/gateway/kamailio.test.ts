import { describe, expect, it } from 'vitest'
import { hasProgram } from '../setup/programs.ts'
import { HUNG_UP } from '../setup/sip-peers.ts'
import { waitFor } from '../setup/wait.ts'
import { startKamailio } from './kamailio.ts'
import { trunkThat } from './sipp.ts'
import { startTestGateway } from './support.ts'

const via = (nth: number) =>
  `<ereg regexp=".*" search_in="hdr" header="Via:" occurrence="${nth}" assign_to="${nth}"/>`
/** Behind a proxy the CANCEL has fewer Via headers than the INVITE, whose final reply needs them all. */
const RINGS = [
  `<recv request="INVITE"><action>${via(1)}${via(2)}</action></recv>`,
  '180 Ringing',
  'recv CANCEL',
  '200 OK',
  `<send><![CDATA[

SIP/2.0 487 Request Terminated
Via:[$1]
Via:[$2]
[last_From:]
[last_To:];tag=[pid]t[call_number]
[last_Call-ID:]
CSeq: [last_cseq_number] INVITE
Content-Length: 0

]]></send>`,
  'recv ACK',
]

const isReady = hasProgram('sipp') && hasProgram('kamailio')

describe.skipIf(!isReady)('a trunk behind Kamailio', () => {
  it.each(['MD5', 'SHA-256'] as const)(
    'takes our password (%s), rings and is cancelled',
    async (algorithm) => {
      const gateway = await startTestGateway()
      const trunk = await trunkThat(RINGS)
      const proxy = await startKamailio(trunk.settings, algorithm)
      const { id } = await gateway.place({ ...proxy.settings, register: true })
      const call = await gateway.ended(id)
      expect(call, proxy.output()).toMatchObject({ sip_status: 487, verdict: { status: 'no_answer' } })
      await waitFor(() => trunk.received('ACK').length === 1)
      expect(trunk.received('INVITE')).toHaveLength(1)
      expect((await gateway.request('GET', '/v1/trunks/trunk')).body.registered).toBe(true)
    },
  )

  it('is refused with a wrong password', async () => {
    const gateway = await startTestGateway()
    const trunk = await trunkThat(RINGS)
    const proxy = await startKamailio(trunk.settings, 'MD5')
    const placed = await gateway.place({ ...proxy.settings, password: 'another' })
    expect(placed.body.verdict).toMatchObject({ refusal: 'unauthorized' })
    expect(trunk.received('INVITE')).toHaveLength(0)
  })

  it('has an answered call hung up along its recorded route', async () => {
    const gateway = await startTestGateway()
    const trunk = await trunkThat([
      'recv INVITE rrs="true"',
      '180 Ringing',
      '200 OK\n[last_Record-Route:]',
      ...HUNG_UP,
    ])
    const proxy = await startKamailio(trunk.settings, 'MD5')
    const { id } = await gateway.place(proxy.settings)
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'answered' })
    await waitFor(() => trunk.received('BYE').length === 1)
    expect(trunk.received('BYE')[0]?.text).toMatch(/^Via: .*\r?\nVia: /m)
  })
})
