import type { Config } from '../config.ts'
import { invalid } from '../errors.ts'
import { isRefusedLiteral } from '../providers/targets.ts'

const LENGTH_MAX = 500

/**
 * The address of an operator's API, without a last slash. Throws 422 for one that the server must not connect to; what a name
 * resolves to is judged again with every connection.
 */
export function readBaseUrl(
  text: string,
  config: Pick<Config, 'production' | 'allowPrivateTargets'>,
): string {
  const url = URL.parse(text)
  if (!url || text.length > LENGTH_MAX) throw refused('must be a URL, e.g. https://api.operator.example')
  const isPlainAllowed = !config.production || config.allowPrivateTargets
  if (url.protocol !== 'https:' && !(isPlainAllowed && url.protocol === 'http:')) {
    throw refused(isPlainAllowed ? 'must start with https:// or http://' : 'must start with https://')
  }
  if (url.username || url.password) throw refused('must hold no user name or password: those are credentials')
  if (/[?#]/.test(text)) throw refused('must have no query and no fragment')
  if (!config.allowPrivateTargets && isPrivate(url.hostname)) throw refused('must be on the public internet')
  return url.href.replace(/\/+$/, '')
}

function isPrivate(hostname: string): boolean {
  return isRefusedLiteral(hostname) || /(^|\.)localhost\.?$/.test(hostname)
}

const refused = (message: string) => invalid('base_url', message)
