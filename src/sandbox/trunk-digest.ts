import { createHash } from 'node:crypto'
import { namespaceOf, sandboxSignKey } from './credentials.ts'
import { lineOf } from './lines.ts'
import { headerOf, type SipRequest } from './trunk-messages.ts'

const md5 = (...parts: string[]) => createHash('md5').update(parts.join(':')).digest('hex')

/** Who calls: a key of the sandbox, or a line of the simulated Teleum, which shows its own `number` (E.164). */
export type Holder = { operator: string; namespace: string; number: string | null }

/** Who signed a request; null without a right signature (RFC 7616, MD5 and `auth`). */
export function holderOf(request: SipRequest): Holder | null {
  const header = headerOf(request, 'Proxy-Authorization')
  const field = (name: string) => new RegExp(`[ ,]${name}="?([^",]*)`).exec(header)?.[1] ?? ''
  const username = field('username')
  const holder = holderWith(username)
  if (!holder) return null
  const secret = md5(username, field('realm'), sandboxSignKey(username))
  const what = md5(request.method, field('uri'))
  const wanted = md5(secret, field('nonce'), field('nc'), field('cnonce'), 'auth', what)
  return field('response') === wanted ? holder : null
}

function holderWith(username: string): Holder | null {
  const line = lineOf(username)
  if (line) return { operator: 'teleum', ...line }
  const namespace = namespaceOf(username)
  return namespace ? { operator: 'sip', namespace, number: null } : null
}
