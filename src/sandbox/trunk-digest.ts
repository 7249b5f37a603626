import { createHash } from 'node:crypto'
import { namespaceOf, sandboxSignKey } from './credentials.ts'
import { headerOf, type SipRequest } from './trunk-messages.ts'

const md5 = (...parts: string[]) => createHash('md5').update(parts.join(':')).digest('hex')

/** The namespace whose key signed a request; null without a right signature (RFC 7616, MD5 and `auth`). */
export function holderOf(request: SipRequest): string | null {
  const header = headerOf(request, 'Proxy-Authorization')
  const field = (name: string) => new RegExp(`[ ,]${name}="?([^",]*)`).exec(header)?.[1] ?? ''
  const username = field('username')
  const namespace = namespaceOf(username)
  if (!namespace) return null
  const secret = md5(username, field('realm'), sandboxSignKey(username))
  const what = md5(request.method, field('uri'))
  const wanted = md5(secret, field('nonce'), field('nc'), field('cnonce'), 'auth', what)
  return field('response') === wanted ? namespace : null
}
