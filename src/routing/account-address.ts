import { isIP } from 'node:net'
import { domainToASCII, domainToUnicode } from 'node:url'
import { invalid } from '../errors.ts'
import { readTrunkAddress, writeTrunkAddress } from '../gateway/trunk-address.ts'
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
  { scheme, plainHttp = false }: Pick<Provider, 'scheme' | 'plainHttp'> = {},
): string {
  if (scheme === 'sip') return readSipUrl(text, config)
  if (text.length > LENGTH_MAX) throw refused('url')
  if (/[\s\p{C}\\]/u.test(text)) throw refused('url_blanks')
  const [, protocol = '', authority = '', path = ''] = /^([^:/?#]+):\/\/([^/?#]+)([^?#]*)/.exec(text) ?? []
  if (!protocol) throw refused('url')
  const isPlainAllowed = plainHttp || !config.production || config.allowPrivateTargets
  if (!/^https$/i.test(protocol) && !(isPlainAllowed && /^http$/i.test(protocol))) {
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

/** A trunk's address, written in full. The gateway checks again what a name resolves to. */
function readSipUrl(text: string, { allowPrivateTargets }: Pick<Config, 'allowPrivateTargets'>): string {
  const address = readTrunkAddress(text)
  if (!address) throw refused('url_sip')
  if (!allowPrivateTargets && isPrivate(address.server)) throw refused('url_private')
  return writeTrunkAddress(address)
}

/** Whether two addresses have the same scheme, host and port, so that credentials go to the same place. */
export function isSamePlace(one: string, other: string): boolean {
  const [a, b] = [URL.parse(one), URL.parse(other)]
  // A URL without `//` has no host: all of it is the place.
  const placeOf = ({ protocol, host, href }: URL) => (host === '' ? href : `${protocol}${host}`)
  return a !== null && b !== null && placeOf(a) === placeOf(b)
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
