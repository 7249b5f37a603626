import { randomUUID } from 'node:crypto'
import type { Received } from './raw-operator.ts'
import { CALLER, sipSpeaker } from './sip-speaker.ts'
import type { Speaker } from './speaker.ts'

const isApi = ({ path }: Received) => path.includes('?cmd=')
const isLogin = ({ path }: Received) => path.includes('?cmd=login')

/** A row of `reportCalls`, in Moscow time. */
function row(at: Date) {
  const calldate = new Date(at.getTime() + 3 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
  return {
    src: CALLER.slice(1),
    dst: '79243555100',
    billsec: '00:00',
    billsecu: '0',
    disposition: 'NO ANSWER',
    calldate,
    calldatef: calldate,
    rdr: '',
  }
}

/** Calls as over any trunk; the API, at the same URL, tells the balance and the calls of all phones. */
export const teleumSpeaker: Speaker = {
  ...sipSpeaker,
  credentials: {
    email: 'user@company.example',
    password: 'p&ss=w?rd',
    lines: [{ number: CALLER, user: '100200300', password: 'of-the-line' }],
  },
  settings: { server: '127.0.0.2' },
  // A path of its own for each account: a port that is used again must not find the session of another.
  trunk: (server, url) => ({ baseUrl: `${url}/api/v3/${randomUUID()}`, settings: { server } }),
  say: (request, body, status = 200) =>
    isLogin(request)
      ? { status: 200, body: JSON.stringify({ account: '1', token: 'f3765d40fecd44ee', vivaid: 1 }) }
      : { status, body },
  unauthorized: (request) =>
    isApi(request)
      ? { status: 200, body: JSON.stringify({ err: 1, errmsg: 'Неверный пароль' }) }
      : sipSpeaker.unauthorized(request),
  balance: { contract: '00000001', balance: '5.00', vivaid: '1' },
  currency: 'RUB',
  records: (at, request) =>
    isApi(request) ? { vivaid: '1', counts: '1', calls: [row(at)] } : sipSpeaker.records(at, request),
}
