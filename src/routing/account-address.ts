import { isIP } from 'node:net'
import { domainToASCII, domainToUnicode } from 'node:url'
import { invalid } from '../errors.ts'
import type { Config } from '../process/config.ts'
import { isRefusedLiteral } from '../providers/targets.ts'

const LENGTH_MAX = 500
const HOST_LENGTH_MAX = 253
const PORT_MAX = 65_535

const NO_URL = 'must be a URL, e.g. https://api.operator.example'
const NO_HOST = 'must have a host name that can exist, e.g. api.operator.example'

/**
 * The address of an operator's API, without a last slash. Throws 422 for one that the server must not connect to; what a name
 * resolves to is judged again with every connection. URL parsing turns backslashes into slashes, drops line breaks and resolves
 * dots: so the text itself is judged first, and must say what the parser then reads.
 */
export function readBaseUrl(
  text: string,
  config: Pick<Config, 'production' | 'allowPrivateTargets'>,
): string {
  if (text.length > LENGTH_MAX) throw refused(NO_URL)
  if (/[\s\p{C}\\]/u.test(text)) throw refused('must have no blanks, backslashes or invisible characters')
  const [, scheme = '', authority = '', path = ''] = /^([^:/?#]+):\/\/([^/?#]+)([^?#]*)/.exec(text) ?? []
  if (!scheme) throw refused(NO_URL)
  const isPlainAllowed = !config.production || config.allowPrivateTargets
  if (!/^https$/i.test(scheme) && !(isPlainAllowed && /^http$/i.test(scheme))) {
    throw refused(isPlainAllowed ? 'must start with https:// or http://' : 'must start with https://')
  }
  if (authority.includes('@')) throw refused('must hold no user name or password: those are credentials')
  if (/[?#]/.test(text)) throw refused('must have no query and no fragment')
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(authority) ?? []
  if (port !== undefined && !isPort(port)) throw refused(`must have a port from 1 to ${PORT_MAX}, or none`)
  const url = URL.parse(text)
  if (!url) throw refused(host ? NO_HOST : NO_URL)
  if (!config.allowPrivateTargets && isPrivate(url.hostname)) throw refused('must be on the public internet')
  judgeHost(host.toLowerCase(), url.hostname)
  if (!/^(\/[\w.~!$&'()*+,;=:@-]+)*\/*$/.test(path) || url.pathname !== (path || '/')) {
    throw refused('must have a plain path, e.g. /api/v3, or none')
  }
  return url.href.replace(/\/+$/, '')
}

/** Whether credentials for one address go to the same place at another: scheme, host and port. */
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

/** `written` in lower case, `read` as the parser has it. IPv6 addresses have many spellings, and all mean one. */
function judgeHost(written: string, read: string): void {
  if (written.startsWith('[')) return
  if (written !== read) throw refused(`must have its host written as ${read}`)
  if (isIP(read) === 0 && (read.length > HOST_LENGTH_MAX || !read.split('.').every(isLabel))) {
    throw refused(NO_HOST)
  }
}

function isLabel(label: string): boolean {
  if (!/^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/.test(label)) return false
  if (!label.startsWith('xn--')) return true
  const decoded = domainToUnicode(label)
  return decoded !== label && domainToASCII(decoded) === label
}

const refused = (message: string) => invalid('base_url', message)
