import { createSocket, type RemoteInfo } from 'node:dgram'
import { onTestFinished } from 'vitest'
import { waitFor } from '../setup/wait.ts'

/**
 * A trunk on an address of its own that answers each request as the test says. `answer` null: silence; a reply
 * that begins with `invite ` is for the call’s last INVITE.
 */
export async function startPeer(
  answer: (request: string, count: number) => string | string[] | null,
  address = '127.0.0.3',
) {
  const heard: string[] = []
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, address, resolve))
  onTestFinished(() => void socket.close())
  socket.on('message', (data: Buffer, from: RemoteInfo) => {
    const text = data.toString('latin1')
    heard.push(text)
    if (text.startsWith('SIP/2.0')) return
    const method = text.split(' ')[0]
    const count = heard.filter((each) => each.startsWith(`${method} `)).length
    for (const reply of [answer(text, count) ?? []].flat()) {
      const isForInvite = reply.startsWith('invite ')
      const request = isForInvite ? inviteOf(text) : text
      if (request) socket.send(replyTo(request, reply.replace(/^invite /, '')), from.port, from.address)
    }
  })
  const inviteOf = (text: string) =>
    heard.findLast((each) => each.startsWith('INVITE ') && callIdOf(each) === callIdOf(text))
  return {
    settings: { server: address, port: socket.address().port },
    heard: (method: string) => heard.filter((text) => text.startsWith(method)),
    /** Sends a request to the gateway and returns the answer’s first line. */
    async ask(method: string, port: number): Promise<string> {
      const callId = `${method}-${Math.random()}`
      socket.send(requestText(method, callId, address, socket.address().port, port), port, '127.0.0.1')
      return waitFor(() => heard.find((text) => text.startsWith('SIP/2.0') && text.includes(callId)) ?? '')
    },
    /** Sends anything. */
    send: (text: string, port: number) =>
      new Promise<void>((resolve) =>
        socket.send(Buffer.from(text, 'latin1'), port, '127.0.0.1', () => resolve()),
      ),
    /** Sends a request without waiting for an answer. */
    tell(method: string, port: number) {
      socket.send(requestText(method, 'told', address, socket.address().port, port), port, '127.0.0.1')
    },
  }
}

/** What names a call in a message. */
export const callIdOf = (text: string): string => /^Call-ID: *(\S+)/im.exec(text)?.[1] ?? ''

function requestText(method: string, callId: string, address: string, from: number, to: number): string {
  return [
    `${method} sip:ringproof@127.0.0.1:${to} SIP/2.0`,
    `Via: SIP/2.0/UDP ${address}:${from};branch=z9hG4bK${Math.random()}`,
    `From: <sip:trunk@${address}>;tag=a`,
    `To: <sip:ringproof@127.0.0.1>`,
    `Call-ID: ${callId}`,
    `CSeq: 1 ${method}`,
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n')
}

/** `reply`: a status line without the version, and header lines; before it, perhaps the tag that `To` gets. */
export function replyTo(request: string, reply: string): string {
  const [, tag = 'peer', rest = ''] = /^(?:tag=(\w+) )?([\s\S]*)$/.exec(reply) ?? []
  const kept = request.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
  const tagged = kept.map((line) =>
    /^To:/i.test(line) && !line.includes('tag=') ? `${line};tag=${tag}` : line,
  )
  const [status, ...headers] = rest.split('\n')
  return [`SIP/2.0 ${status}`, ...tagged, ...headers, 'Content-Length: 0', '\r\n'].join('\r\n')
}
