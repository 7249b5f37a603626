import { isIP } from 'node:net'
import { domainToASCII, domainToUnicode } from 'node:url'
import { invalid } from '../errors.ts'
import type { Config } from '../process/config.ts'
import { isRefusedLiteral } from '../process/targets.ts'
import type { Provider } from '../providers/provider.ts'
import type { Key, Params } from '../words/text.ts'

const LENGTH_MAX = 500
const HOST_LENGTH_MAX = 253
const PORT_MAX = 65_535

/**
 * Validates the base URL of an operator's API; returns it without a trailing slash. Throws 422 for an address
 * that the server must not connect to; each connection checks again what a name resolves to. The URL parser
 * turns backslashes into slashes, drops line breaks and resolves dots, so the text itself is checked first
 * and must match what the parser reads. http is accepted in production only if the operator has nothing else.
 */
export function readBaseUrl(
  text: string,
  config: Pick<Config, 'production' | 'allowPrivateTargets'>,
  { plainHttp = false }: Pick<Provider, 'plainHttp'> = {},
): string {
  if (text.length > LENGTH_MAX) throw refused('url')
  if (/[\s\p{C}\\]/u.test(text)) throw refused('url_blanks')
  const [, scheme = '', authority = '', path = ''] = /^([^:/?#]+):\/\/([^/?#]+)([^?#]*)/.exec(text) ?? []
  if (!scheme) throw refused('url')
  const isPlainAllowed = plainHttp || !config.production || config.allowPrivateTargets
  if (!/^https$/i.test(scheme) && !(isPlainAllowed && /^http$/i.test(scheme))) {
    throw refused(isPlainAllowed ? 'url_http' : 'url_https')
  }
  if (authority.includes('@')) throw refused('url_user')
  if (/[?#]/.test(text)) throw refused('url_query')
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(authority) ?? []
  if (port !== undefined && !isPort(port)) throw refused('url_port', { max: PORT_MAX })
  const url = URL.parse(text)
  if (!url) throw refused(host ? 'url_host' : 'url')
  if (!config.allowPrivateTargets && isPrivate(url.hostname)) throw refused('url_private')
  judgeHost(host.toLowerCase(), url.hostname)
  if (!/^(\/[\w.~!$&'()*+,;=:@-]+)*\/*$/.test(path) || url.pathname !== (path || '/')) {
    throw refused('url_path')
  }
  return url.href.replace(/\/+$/, '')
}

/** Whether two addresses have the same scheme, host and port, so that credentials go to the same place. */
export function isSamePlace(one: string, other: string): boolean {
  const [a, b] = [URL.parse(one), URL.parse(other)]
  return a !== null && b !== null && a.protocol === b.protocol && a.host === b.host
}

function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= PORT_MAX
}

function isPrivate(hostname: string): boolean {
  return isRefusedLiteral(hostname) || /(^|\.)localhost\.?$/.test(hostname)
}

/**
 * Throws 422 unless the parser reads the host as written (in lower case). Exempts IPv6, which has many
 * spellings.
 */
function judgeHost(written: string, read: string): void {
  if (written.startsWith('[')) return
  if (written !== read) throw refused('url_host_written', { host: read })
  if (isIP(read) === 0 && (read.length > HOST_LENGTH_MAX || !read.split('.').every(isLabel))) {
    throw refused('url_host')
  }
}

function isLabel(label: string): boolean {
  if (!/^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/.test(label)) return false
  if (!label.startsWith('xn--')) return true
  const decoded = domainToUnicode(label)
  return decoded !== label && domainToASCII(decoded) === label
}

const refused = <K extends Key>(key: K, ...params: Params<K>) => invalid('base_url', key, ...params)
