import { invalid } from '../errors.ts'
import type { Config } from '../process/config.ts'
import { isRefusedLiteral } from '../process/targets.ts'
import type { Key, Params } from '../words/text.ts'

const LENGTH_MAX = 500

/**
 * Validates the URL of a receiver, given in the field `path`, and returns it as the parser reads it. Throws 422 for
 * an address that the server must not connect to; each connection checks again what a name resolves to.
 */
export function readTarget(
  text: string,
  { production, allowPrivateTargets }: Pick<Config, 'production' | 'allowPrivateTargets'>,
  path = 'url',
): string {
  const refused = <K extends Key>(key: K, ...params: Params<K>) => invalid(path, key, ...params)
  if (/[\s\p{C}\\]/u.test(text)) throw refused('url_blanks')
  const url = text.length <= LENGTH_MAX ? URL.parse(text) : null
  if (!url || url.hostname === '') throw refused('url_receiver')
  const isPlainAllowed = !production || allowPrivateTargets
  if (url.protocol !== 'https:' && !(isPlainAllowed && url.protocol === 'http:')) {
    throw refused(isPlainAllowed ? 'url_http' : 'url_https')
  }
  if (url.username || url.password) throw refused('url_user_receiver')
  if (text.includes('#')) throw refused('url_fragment')
  if (!allowPrivateTargets && isPrivate(url.hostname)) throw refused('url_private')
  return url.href
}

const isPrivate = (hostname: string) => isRefusedLiteral(hostname) || /(^|\.)localhost\.?$/.test(hostname)

/** The URL without path and query, which may hold a secret: for the audit. */
export const originOf = (url: string) => new URL(url).origin
