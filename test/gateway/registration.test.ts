import { describe, expect, it } from 'vitest'
import { waitFor } from '../setup/wait.ts'
import { startPeer } from './peer.ts'
import { startGatewayProcess, startTestGateway } from './support.ts'

const methodOf = (request: string) => request.split(' ')[0] ?? ''
const line = { register: true, username: 'line', password: 'secret-of-the-line' }

describe('a trunk that wants a registration', () => {
  it('gets one before the first call, as long as it wants, and again before it expires', async () => {
    const gateway = await startTestGateway()
    const peer = await startPeer((request, count) => {
      if (methodOf(request) === 'REGISTER') {
        if (count === 1) return '423 Interval Too Brief\nMin-Expires: 900'
        return `200 OK\nContact: <sip:line@127.0.0.1>;expires=${count === 2 ? 2 : 900}`
      }
      return '486 Busy'
    })
    expect((await gateway.place({ ...peer.settings, ...line })).body.sip_status).toBe(486)
    await waitFor(() => peer.heard('REGISTER').length >= 3, { what: 'a renewal' })
    const [first, second, third] = peer.heard('REGISTER')
    expect(first).toMatch(/^Expires: 300\r$/m)
    expect(second).toMatch(/^Expires: 900\r$/m)
    expect(/^Call-ID: (.*)/m.exec(third ?? '')?.[1]).toBe(/^Call-ID: (.*)/m.exec(first ?? '')?.[1])
    expect((await gateway.request('GET', '/v1/trunks/trunk')).body).toMatchObject({ registered: true })
  })

  it('that it refuses gets no call, and a redirection is not followed', async () => {
    const gateway = await startTestGateway()
    const elsewhere = await startPeer(() => '200 OK', '127.0.0.4')
    const { server, port } = elsewhere.settings
    const peer = await startPeer(() => `302 Moved\nContact: <sip:line@${server}:${port}>`)
    const placed = await gateway.place({ ...peer.settings, ...line })
    expect([placed.status, placed.body]).toEqual([503, { error: 'unregistered' }])
    expect([peer.heard('INVITE').length, elsewhere.heard('REGISTER').length]).toEqual([0, 0])
  })

  it('is left alone once it has refused the password, and its password is nowhere', async () => {
    const gateway = await startGatewayProcess()
    const peer = await startPeer(() => '401 Unauthorized\nWWW-Authenticate: Digest realm="r", nonce="n"')
    const settings = { ...peer.settings, ...line }
    expect((await gateway.place(settings)).status).toBe(503)
    expect(peer.heard('REGISTER')).toHaveLength(2)
    expect(gateway.logs()).not.toContain(line.password)
    expect(peer.heard('REGISTER').join()).not.toContain(line.password)
  })
})

describe('the gateway’s socket', () => {
  it('answers its trunk’s OPTIONS and takes no calls', async () => {
    const gateway = await startTestGateway()
    const peer = await startPeer(() => '486 Busy')
    await gateway.place(peer.settings)
    const port = gateway.sipPort
    expect(await peer.ask('OPTIONS', port)).toMatch(/^SIP\/2\.0 200 /)
    expect(await peer.ask('INVITE', port)).toMatch(/^SIP\/2\.0 405 /)
    expect(await peer.ask('NOTIFY', port)).toMatch(/^SIP\/2\.0 405 /)
    expect(peer.heard('INVITE')).toHaveLength(1)
  })

  it.each(['127.0.0.1', 'localhost', '0x7f.1'])(
    'sends nothing to the private address %s unless those are allowed',
    async (server) => {
      const trunk = await startPeer(() => '486 Busy Here', '127.0.0.1')
      const settings = { ...trunk.settings, server }
      const closed = await startTestGateway({ allowPrivateTargets: false })
      expect(await closed.place(settings)).toMatchObject({ status: 503, body: { error: 'unregistered' } })
      expect(trunk.heard('')).toEqual([])
      const open = await startTestGateway()
      await open.ended((await open.place(settings)).id)
      expect(trunk.heard('INVITE')).toHaveLength(1)
    },
  )

  it('hears nobody but its trunks', async () => {
    const gateway = await startTestGateway()
    const stranger = await startPeer(() => null, '127.0.0.5')
    const peer = await startPeer(() => '486 Busy')
    await gateway.place(peer.settings)
    const port = gateway.sipPort
    stranger.tell('OPTIONS', port)
    // The stranger’s request was there first.
    expect(await peer.ask('OPTIONS', port)).toMatch(/200/)
    expect(stranger.heard('SIP/2.0')).toHaveLength(0)
  })

  it('asks its trunk whether it is there', async () => {
    const gateway = await startTestGateway()
    const peer = await startPeer((request) => (methodOf(request) === 'OPTIONS' ? '200 OK' : '486 Busy'))
    await gateway.place({ ...peer.settings, options_seconds: 1 })
    await waitFor(() => peer.heard('OPTIONS').length >= 2)
    const { options, stopped } = (await gateway.request('GET', '/v1/trunks/trunk')).body
    expect([options.status, stopped]).toEqual([200, false])
  })
})

describe('the gateway’s API', () => {
  it('is for holders of the key, and takes only whole orders', async () => {
    const gateway = await startTestGateway()
    expect((await gateway.request('GET', '/v1/trunks/trunk', undefined, 'another key')).status).toBe(401)
    expect((await gateway.request('PUT', '/v1/calls/attempt-1', {})).status).toBe(422)
    expect((await gateway.place({ server: 'x', number_format: '{e164}>;x' })).status).toBe(422)
    expect((await gateway.place({ server: 'x', password: 'a'.repeat(300) })).body.fields).toHaveLength(1)
    expect((await gateway.request('GET', '/v1/calls/attempt-1')).status).toBe(404)
  })
})
