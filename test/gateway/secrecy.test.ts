import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { waitFor } from '../setup/wait.ts'
import { startAsterisk } from './asterisk.ts'
import { startPeer } from './peer.ts'
import { KEY, startGatewayProcess } from './support.ts'

const USERNAME = 'line-of-ours'
const PASSWORD = 'secret-of-the-line'
/** Phones with and without their beginnings, the calling number’s code, and every secret. */
const SECRETS = [
  /9243555100/,
  /4951234567/,
  /\b4567\b/,
  USERNAME,
  PASSWORD,
  KEY,
  'nonce-of-it',
  'secret of ari',
]

function expectNoSecret(text: string) {
  expect(text).toContain('gateway ready')
  for (const secret of SECRETS) expect(text).not.toMatch(secret)
}

it('no secret, phone or number is in any output of a gateway, whatever goes wrong', async () => {
  const gateway = await startGatewayProcess({}, { LOG_LEVEL: 'trace' })
  const challenge = '407 Who\nProxy-Authenticate: Digest realm="r", nonce="nonce-of-it"'
  const peer = await startPeer((request, count) => {
    if (request.startsWith('REGISTER')) return count === 1 ? challenge : '200 OK'
    if (request.startsWith('CANCEL')) return ['200 OK', 'invite 487 Terminated']
    return count === 1 ? challenge : '180 Ringing'
  })
  const trunk = { ...peer.settings, username: USERNAME, password: PASSWORD, register: true }
  const { id } = await gateway.place(trunk)
  await gateway.ended(id)
  const refusing = await startPeer(() => '403 No', '127.0.0.4')
  await gateway.place({ ...trunk, ...refusing.settings }, { trunkId: 'refuses' })
  await gateway.place({ ...trunk, server: 'nowhere.invalid' }, { trunkId: 'nowhere' })
  await gateway.place({ ...trunk, transport: 'tcp' }, { trunkId: 'tcp' })
  await gateway.place({ ...trunk, password: PASSWORD.repeat(20) })
  await gateway.request('PUT', '/v1/calls/attempt-1', `${PASSWORD}{`)
  await gateway.request('PUT', `/v1/calls/${id}`, { [PASSWORD]: [PASSWORD] })
  await gateway.request('GET', '/v1/calls?phone=%2B79243555100&from=x')
  await gateway.request('GET', '/v1/trunks/trunk', undefined, PASSWORD)
  const kept = ['INVITE', 'CANCEL'].flatMap((method) => peer.heard(method))
  for (const text of kept) await peer.send(text, portOf(peer.heard('INVITE')[0] ?? ''))

  const ringing = await gateway.place(trunk, { ring_ms: 15_000 })
  expect(ringing.body.alerted).toBe(true)
  await gateway.kill()
  await gateway.restart()
  // The next hours’ files cannot be written.
  for (let later = 0; later < 3; later += 1) {
    const hour = new Date(Date.now() + later * 3_600_000).toISOString().slice(0, 13)
    try {
      symlinkSync('/dev/full', join(gateway.folder, 'gateway', `calls-${hour}.jsonl`))
    } catch {
      // This hour’s is there.
    }
  }
  await gateway.place(trunk)
  await gateway.stop()
  expectNoSecret(gateway.logs())
})

it('nor of one that uses an Asterisk that fails in every way', async () => {
  const asterisk = await startAsterisk()
  const { url, user, password } = asterisk.settings
  const gateway = await startGatewayProcess(
    {},
    {
      LOG_LEVEL: 'trace',
      GATEWAY_ENGINE: 'asterisk',
      ARI_URL: url,
      ARI_USER: user,
      ARI_PASSWORD: password,
      ARI_CDR_URL: `postgres://gateway:${PASSWORD}@127.0.0.1:1/cdr`,
    },
  )
  const trunk = { server: 'trunk', username: USERNAME, password: PASSWORD }
  const order = { id: 'attempt-1', ring_ms: 15_000 }
  await gateway.place(trunk, order)
  asterisk.cutEvents()
  asterisk.end(order.id, 17, 486)
  await gateway.ended(order.id)
  asterisk.faults.originate = 500
  await gateway.place(trunk)
  asterisk.faults.down = true
  asterisk.cutEvents()
  await waitFor(async () => (await gateway.place(trunk)).status === 503)
  await gateway.stop()
  expect(gateway.logs()).toContain('ECONNREFUSED')
  expectNoSecret(gateway.logs())
})

/** The gateway’s SIP port, by its own request. */
const portOf = (invite: string) => Number(/^Via: SIP\/2\.0\/UDP [\d.]+:(\d+)/m.exec(invite)?.[1])
