import { createSocket, type RemoteInfo } from 'node:dgram'
import type { Plan } from './courses.ts'
import type { Sandbox } from './state.ts'
import { type Holder, holderOf } from './trunk-digest.ts'
import { headerOf, readRequest, replyTo, type SipRequest } from './trunk-messages.ts'

/** A phone rings no longer than this, whoever calls. */
const RINGS_MS = 30_000

type TrunkCall = {
  invite: SipRequest
  from: RemoteInfo
  last: string | null
  isOver: boolean
  timers: NodeJS.Timeout[]
}

/**
 * A trunk over UDP, so that test keys can call over SIP: the same handsets, special phones and faults. The user
 * name is a key of the sandbox or a line (`lines.ts`), the password its sign key.
 */
export async function openTrunk(
  sandbox: Sandbox,
  { host, port }: { host: string; port: number },
): Promise<{ close(): void }> {
  const calls = new Map<string, TrunkCall>()
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, host, () => resolve())
  })
  socket.removeAllListeners('error').on('error', () => {})

  const send = (text: string, to: RemoteInfo) => socket.send(text, to.port, to.address, () => {})

  function final(call: TrunkCall, status: string, headers: string[] = []): void {
    if (call.isOver) return
    call.isOver = true
    for (const timer of call.timers) clearTimeout(timer)
    call.last = replyTo(call.invite, status, headers)
    send(call.last, call.from)
    setTimeout(() => calls.delete(headerOf(call.invite, 'Call-ID')), RINGS_MS).unref()
  }

  function begin(request: SipRequest, from: RemoteInfo, { namespace, operator, number }: Holder): void {
    const phone = phoneOf(request.uri)
    const caller = number ?? phoneOf(headerOf(request, 'P-Asserted-Identity') || headerOf(request, 'From'))
    const plan = sandbox.plan(operator, namespace, specialOf(phone), 'flash_call')
    const call: TrunkCall = { invite: request, from, last: null, isOver: false, timers: [] }
    calls.set(headerOf(request, 'Call-ID'), call)
    // The person is called, but no reply arrives.
    const isMute = ['drop', 'hang', 'reset'].includes(plan.answer)
    const at = (ms: number, run: () => void) =>
      call.timers.push(setTimeout(run, isMute ? 2 ** 30 : ms).unref())
    if (!plan.course) return void at(0, () => refuse(call, plan))
    const { ringsAfterMs, endsAfterMs, end } = plan.course
    const code = caller.slice(-4)
    const dialled = {
      namespace,
      operator,
      channel: 'flash_call',
      phone,
      from: caller,
      code,
    } as const
    sandbox.calls.dial({ ...dialled, course: plan.course, dialect: plan.dialect })
    at(0, () => send(replyTo(request, '100 Trying'), from))
    if (ringsAfterMs !== null) {
      at(ringsAfterMs, () => {
        call.last = replyTo(request, '180 Ringing')
        send(call.last, from)
      })
    }
    const [status, ...headers] = ENDS[end] ?? []
    at(status ? endsAfterMs : RINGS_MS, () => final(call, status ?? '480 No Answer', headers))
  }

  const refuse = (call: TrunkCall, { answer }: Plan) =>
    final(call, REFUSALS[answer] ?? '503 Service Unavailable')

  socket.on('message', (data: Buffer, from: RemoteInfo) => {
    const request = readRequest(data.toString('latin1'))
    if (!request || request.method === 'ACK') return
    const call = calls.get(headerOf(request, 'Call-ID'))
    if (request.method === 'INVITE' || request.method === 'REGISTER') {
      if (call) return call.last ? send(call.last, from) : undefined
      const holder = holderOf(request)
      if (holder === null) {
        const challenge = `Proxy-Authenticate: Digest realm="sandbox", nonce="${Date.now()}", qop="auth"`
        return send(replyTo(request, '407 Proxy Authentication Required', [challenge]), from)
      }
      if (request.method === 'INVITE') return begin(request, from, holder)
      return send(replyTo(request, '200 OK', [`Expires: ${headerOf(request, 'Expires')}`]), from)
    }
    const isKnown = ['OPTIONS', 'BYE', 'CANCEL'].includes(request.method)
    send(replyTo(request, isKnown ? '200 OK' : '405 Method Not Allowed'), from)
    if (request.method === 'CANCEL' && call) final(call, '487 Request Terminated')
  })

  return {
    close() {
      for (const { timers } of calls.values()) for (const timer of timers) clearTimeout(timer)
      socket.close()
    },
  }
}

/** Replies that end a call by themselves; a phone that nobody answers waits for the caller to give up. */
const ENDS: Readonly<Record<string, [status: string, ...headers: string[]]>> = {
  answered: ['200 OK'],
  busy: ['486 Busy Here'],
  unreachable: ['480 Temporarily Unavailable', 'Reason: Q.850;cause=20'],
  no_such_number: ['404 Not Found', 'Reason: Q.850;cause=1'],
}
const REFUSALS: Readonly<Record<string, string>> = {
  refusal: '603 Decline',
  bare_refusal: '603 Decline',
  no_balance: '402 Payment Required',
}

/** Test keys call `+790000002…` over SIP: such a phone behaves as `+790000000…` does elsewhere. */
const specialOf = (phone: string) => phone.replace(/^\+790000002(?=\d\d$)/, '+790000000')

/** The number of a SIP address, as E.164. */
function phoneOf(address: string): string {
  const user = /sips?:([^@;>]*)@/.exec(address)?.[1] ?? ''
  const digits = user.replace(/\D/g, '')
  return `+${/^8\d{10}$/.test(digits) ? `7${digits.slice(1)}` : digits}`
}
