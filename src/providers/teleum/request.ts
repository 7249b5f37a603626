import { createHash } from 'node:crypto'
import { z } from 'zod'
import { say } from '../../words/text.ts'
import { type Answer, send } from '../http.ts'
import { ProviderFault } from '../provider.ts'
import { text } from '../read.ts'
import { redact } from '../redact.ts'
import { faultOf } from '../shapes.ts'
import { strangeFault } from '../strange.ts'
import { secretsOf, type TeleumAccount } from './account.ts'
import { judge, type Verdict } from './answers.ts'
import { createSessions, ENDED, type Session, type Sessions } from './sessions.ts'

/** Longer than the pause between two logins. */
const LOGIN_PATIENCE_MS = 12_000
/** A firewall may drop what goes to the port of https. */
const TLS_PATIENCE_MS = 2_000

type Params = Record<string, string>
type Told = { value: Record<string, unknown>; answer: Answer }

const ofProcess = createSessions()

const loggedIn = z.object({ token: text.pipe(z.string().regex(/^[\w.-]{8,200}$/)), vivaid: text })

/**
 * The answer to a method, within the account's session (`token`, `vivaid`). Throws `ProviderFault`; `unauthorized`
 * only if the operator refuses to log in.
 */
export function ask(
  account: TeleumAccount,
  cmd: string,
  params: Params = {},
  { sessions = ofProcess, limitBytes }: { sessions?: Sessions; limitBytes?: number } = {},
): Promise<Told> {
  return sessions.use(userOf(account), {
    patienceMs: LOGIN_PATIENCE_MS,
    login: () => logIn(account),
    async ask({ token, vivaid }) {
      const answer = await request(account, { cmd, ...params, token, vivaid }, limitBytes)
      const verdict = judge(answer)
      switch (verdict.kind) {
        case 'value':
          return { value: verdict.value, answer }
        case 'ended':
          return ENDED
        default:
          throw faultFrom(verdict, [...secretsOf(account), token])
      }
    },
  })
}

/** `login`. An error, and HTTP 401, reject the user. */
async function logIn(account: TeleumAccount): Promise<Session> {
  const { email, password } = account.credentials
  const verdict = judge(await request(account, { cmd: 'login', email, paswd: password }))
  if (verdict.kind === 'ended') throw new ProviderFault('unauthorized', 'HTTP 401')
  if (verdict.kind === 'error') {
    throw new ProviderFault('unauthorized', redact(verdict.message, secretsOf(account)) || 'refused')
  }
  if (verdict.kind === 'unbelievable') throw strangeFault(verdict)
  const { data } = loggedIn.safeParse(verdict.value)
  if (!data) throw new ProviderFault('bad_answer', say('note_incomplete', { missing: 'token' }))
  return data
}

/** One GET with everything in its query, which no text may quote. */
async function request(account: TeleumAccount, query: Params, limitBytes?: number): Promise<Answer> {
  const { baseUrl, settings, allowPrivateTargets, isStopped } = account
  const sent = await send({
    baseUrl,
    segments: [],
    query,
    method: 'GET',
    timeoutMs: settings.request_timeout_ms,
    limitBytes,
    allowPrivateTargets,
    isStopped,
  })
  if (sent.kind !== 'answer') throw faultOf(sent)
  return sent
}

function faultFrom(verdict: Exclude<Verdict, { kind: 'value' | 'ended' }>, secrets: readonly string[]) {
  if (verdict.kind === 'unbelievable') return strangeFault(verdict)
  return new ProviderFault('refused', redact(verdict.message, secrets) || 'refused')
}

/** Accounts with the same user at the same address share its session. */
const userOf = ({ baseUrl, credentials: { email, password } }: TeleumAccount) =>
  createHash('sha256')
    .update(JSON.stringify([baseUrl, email, password]))
    .digest('hex')

/** Whether anything answers at the account's address over TLS. Sends no credentials. */
export async function answersOverTls(account: TeleumAccount): Promise<boolean> {
  const { baseUrl, settings, allowPrivateTargets, isStopped } = account
  const sent = await send({
    baseUrl: baseUrl.replace(/^http:/i, 'https:'),
    segments: [],
    method: 'GET',
    timeoutMs: Math.min(settings.request_timeout_ms, TLS_PATIENCE_MS),
    allowPrivateTargets,
    isStopped,
  })
  return sent.kind === 'answer' && sent.status < 500 && sent.status !== 404
}
