import { createSocket } from 'node:dgram'
import { createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../setup/ports.ts'
import { waitFor } from '../setup/wait.ts'
import { callIdOf, replyTo, startPeer } from './peer.ts'
import { startTestGateway } from './support.ts'

const ANSWERED = '200 OK\nContact: <sip:x@127.0.0.8>'

/** A trunk over TCP that writes what the test says for each request. */
async function startStream(answer: (request: string) => (string | Buffer)[]) {
  const sockets = new Set<Socket>()
  const heard: string[] = []
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (data) => {
      heard.push(data.toString())
      for (const part of answer(data.toString())) socket.write(part)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.3', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return { settings: { server: '127.0.0.3', port, transport: 'tcp' }, heard, sockets }
}

describe('a hostile trunk', () => {
  it.each([
    ['a route that cannot be read', `${ANSWERED}\nRecord-Route: <nonsense>`],
    ['a port that does not exist', '200 OK\nContact: <sip:x@127.0.0.3:99999>'],
    ['an address elsewhere', '200 OK\nContact: <sip:x@127.0.0.9:5060>'],
    ['an IPv6 address', '200 OK\nContact: <sip:x@[::1]:5060>'],
    ['nowhere to go', '200 OK'],
  ])('that answers with %s gets an ACK and a BYE all the same', async (_what, answer) => {
    const gateway = await startTestGateway()
    const peer = await startPeer((request) => (request.startsWith('INVITE') ? answer : '200 OK'))
    const { id } = await gateway.place(peer.settings)
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'answered' })
    await waitFor(() => peer.heard('ACK').length > 0 && peer.heard('BYE').length > 0)
  })

  it('whose call forked, and that answers twice, has both answers hung up', async () => {
    const gateway = await startTestGateway()
    const peer = await startPeer((request) =>
      request.startsWith('INVITE') ? [`tag=one ${ANSWERED}`, `tag=two ${ANSWERED}`] : '200 OK',
    )
    await gateway.place(peer.settings)
    await waitFor(() => peer.heard('BYE').length === 2)
    expect(peer.heard('BYE').map((bye) => /^To:.*tag=(\w+)/m.exec(bye)?.[1])).toEqual(['one', 'two'])
  })

  it('that grants a registration for thirty years is not asked again at once', async () => {
    const gateway = await startTestGateway()
    const peer = await startPeer(() => '200 OK\nExpires: 999999999')
    const line = { register: true, username: 'line', password: 'of the line' }
    await gateway.request('PUT', '/v1/trunks/trunk', { ...peer.settings, ...line })
    await peer.ask('OPTIONS', gateway.sipPort)
    await peer.ask('OPTIONS', gateway.sipPort)
    expect(peer.heard('REGISTER')).toHaveLength(1)
  })

  it('gets nothing but its call, whatever it sends', async () => {
    const gateway = await startTestGateway()
    const peer = await startPeer((request) => (request.startsWith('INVITE') ? '180 Ringing' : null))
    const { id } = await gateway.place(peer.settings, { ring_ms: 15_000 })
    const [invite = ''] = peer.heard('INVITE')
    const end = replyTo(invite, '486 Busy')
    const spaces = ' '.repeat(60_000)
    const foreign = [
      end.replace(/branch=[^;\r]+/, 'branch=z9hG4bK1'),
      end.replace(callIdOf(invite), 'another'),
      end.replace(/^Via:.*\r\n/m, ''),
      end.replace('486 Busy', '99999 Busy'),
      end.replace(/^CSeq:.*$/m, 'CSeq: 1 BYE'),
      ...['From: x', 'Via: SIP/2.0/UDP a', 'WWW-Authenticate: Digest a'].map((header) =>
        end.replace(/^CSeq/m, `${header}${spaces}x\r\nCSeq`),
      ),
      '\r\n\r\n',
      'SIP/2.0',
      '\0'.repeat(60_000),
    ]
    for (const text of foreign) await peer.send(text, gateway.sipPort)
    expect(await peer.ask('OPTIONS', gateway.sipPort)).toMatch(/200/)
    expect((await gateway.get(id)).state).toBe('alerted')
    expect(gateway.faults()).toEqual([])
  })

  it('cannot end the call of another trunk', async () => {
    const gateway = await startTestGateway()
    const peer = await startPeer((request) => (request.startsWith('INVITE') ? '180 Ringing' : null))
    const other = await startPeer(() => '486 Busy', '127.0.0.5')
    await gateway.place(other.settings, { trunkId: 'other' })
    const { id } = await gateway.place(peer.settings, { ring_ms: 15_000 })
    const [invite = ''] = peer.heard('INVITE')
    await other.send(replyTo(invite, '486 Busy'), gateway.sipPort)
    expect(await other.ask('OPTIONS', gateway.sipPort)).toMatch(/200/)
    expect((await gateway.get(id)).state).toBe('alerted')
  })
})

describe('a trunk over TCP', () => {
  it('may send many messages at once, in pieces, with empty lines between', async () => {
    const gateway = await startTestGateway()
    const trunk = await startStream((request) => {
      if (!request.startsWith('INVITE')) return []
      const ringing = replyTo(request, '180 Ringing')
      const all = Buffer.from(`\r\n\r\n${ringing.repeat(200)}${replyTo(request, '486 Busy')}`)
      return [all.subarray(0, 70), all.subarray(70)]
    })
    const { id } = await gateway.place(trunk.settings, { ring_ms: 15_000 })
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'busy' })
  })

  it.each([
    ['no length', 'Content-Length: x'],
    ['a huge length', 'Content-Length: 99999999'],
    ['a negative length', 'Content-Length: -5'],
    ['headers without an end', 'X: '.padEnd(20_000, 'x')],
  ])('is cut off when it sends %s', async (_what, header) => {
    const gateway = await startTestGateway()
    const trunk = await startStream((request) => [
      replyTo(request, '180 Ringing')
        .replace('Content-Length: 0', header)
        .replace(/\r\n\r\n$/, header.length > 99 ? '' : '\r\n\r\n'),
    ])
    const { id } = await gateway.place(trunk.settings)
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'unknown', unclear: true })
  })

  it('that refuses connections certainly got no call; one that closes them may have', async () => {
    const gateway = await startTestGateway()
    const nowhere = { server: '127.0.0.3', port: await freePort(), transport: 'tcp' }
    const refused = await gateway.place(nowhere)
    expect(refused.body.verdict).toMatchObject({ status: 'unreachable', refusal: 'unavailable' })
    const trunk = await startStream(() => {
      for (const socket of trunk.sockets) socket.destroy()
      return []
    })
    const { id } = await gateway.place(trunk.settings, { trunkId: 'closes' })
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'unknown', unclear: true })
  })
})

it('a user name with letters that hide line ends in their codes adds no header', async () => {
  const gateway = await startTestGateway()
  const peer = await startPeer((request, count) => {
    if (!request.startsWith('INVITE')) return null
    return count === 1 ? '407 Who\nProxy-Authenticate: Digest realm="r", nonce="n"' : '486 Busy'
  })
  const username = 'line\u010d\u010aX-Injected: yes\u010d\u010a'
  await gateway.place({ ...peer.settings, username, password: 'пароль' })
  expect(peer.heard('INVITE')).toHaveLength(2)
  expect(peer.heard('INVITE').join('')).not.toMatch(/^X-Injected/m)
  expect((await gateway.place({ ...peer.settings, username: '\ud800' })).status).toBe(422)
})

it('the socket survives a flood of datagrams from anywhere', async () => {
  const gateway = await startTestGateway()
  const peer = await startPeer(() => '486 Busy')
  await gateway.place(peer.settings)
  const stranger = createSocket('udp4')
  onTestFinished(() => void stranger.close())
  for (let i = 0; i < 200; i += 1) stranger.send(Buffer.alloc(60_000, i), gateway.sipPort, '127.0.0.1')
  expect(await peer.ask('OPTIONS', gateway.sipPort)).toMatch(/200/)
})
