import { isUtf8 } from 'node:buffer'
import { IncomingMessage } from 'node:http'
import { AppError, invalid } from '../errors.ts'
import { networksOf } from '../values/networks.ts'
import { say, type Text } from '../words/text.ts'
import type { HttpContext } from './exchange.ts'
import { soleHeader } from './headers.ts'
import { findJsonFault } from './json-fault.ts'

export const BODY_BYTES_MAX = 64 * 1024
/** What a connection takes whose body is on its way, beside the body. */
const CONNECTION_BYTES = 8 * 1024
const CHUNKS_MAX = 64

/** The body as text, without a byte-order mark; empty for none. Throws 413, 415, 503 or, for bytes that are not UTF-8, 400. */
export async function readBody(c: HttpContext): Promise<string> {
  const bytes = await readBytes(c, BODY_BYTES_MAX)
  if (bytes.length === 0) return ''
  requireJson(soleHeader(c, 'Content-Type'), soleHeader(c, 'Content-Encoding'))
  if (!isUtf8(bytes)) throw malformed(say('body_not_utf8'))
  const text = bytes.toString('utf8')
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

/** What one client can have many addresses of: an IPv4 address, or the /48 of an IPv6 one. */
const blockOf = (address: string | null) => (address ? networksOf(address).at(-1)?.name : null) ?? 'unknown'

/** The body's bytes. Throws 413 for more than `most`, and 503 where too many bodies are on their way. */
export async function readBytes(c: HttpContext, most: number): Promise<Buffer> {
  const given = c.req.header('content-length')
  if (given === '0') return Buffer.alloc(0)
  const length = given === undefined ? most : Number.parseInt(given, 10)
  if (length > most) throw tooLarge(most)
  const { incoming } = c.env ?? {}
  if (!(incoming instanceof IncomingMessage)) {
    const bytes = Buffer.from(await c.req.raw.arrayBuffer())
    if (bytes.length > most) throw tooLarge(most)
    return bytes
  }
  const { bytes, giveUp } = readIncoming(incoming, most)
  const { place, address, service } = c.get('exchange')
  let release = () => {}
  // Nearly always all of it came with the headers, and is there by then.
  const late = setImmediate(() => {
    const from = blockOf(address())
    const weight = CONNECTION_BYTES + length
    if (!service.bodies.fits(from, weight)) return giveUp(TOO_MANY_BODIES)
    service.bodies.add(from, weight)
    place?.pause()
    release = () => {
      service.bodies.add(from, -weight)
      place?.resume()
    }
  })
  try {
    return await bytes
  } finally {
    clearImmediate(late)
    release()
  }
}

/** From the socket, and not through a web stream: that copies each body twice, a twelfth of what a start costs this process. */
function readIncoming(incoming: IncomingMessage, most: number) {
  const { promise: bytes, resolve, reject } = Promise.withResolvers<Buffer>()
  let chunks: Buffer[] = []
  let total = 0
  const stop = () => {
    incoming.off('data', take).off('end', end).off('close', broken).off('error', broken)
  }
  const giveUp = (error: AppError) => {
    stop()
    incoming.pause()
    reject(error)
  }
  const take = (chunk: Buffer) => {
    total += chunk.length
    chunks.push(chunk)
    // A chunk of one byte takes two hundred.
    if (chunks.length > CHUNKS_MAX) chunks = [Buffer.concat(chunks)]
    if (total > most) giveUp(tooLarge(most))
  }
  const end = () => {
    stop()
    resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks))
  }
  const broken = () => giveUp(malformed(say('body_cut_off')))
  if (incoming.destroyed) broken()
  else incoming.on('data', take).on('end', end).on('close', broken).on('error', broken)
  return { bytes, giveUp }
}

const TOO_MANY_BODIES = new AppError('unavailable', {
  detail: say('bodies_at_capacity'),
  retryAfterSeconds: 1,
  headers: { connection: 'close' },
})

export function tooLarge(most: number): AppError {
  const detail = say('body_bytes_max', { bytes: most })
  // What is left of the body is not read, so that the connection is of no more use.
  return new AppError('body_too_large', { detail, headers: { connection: 'close' } })
}

function malformed(detail: Text): AppError {
  return new AppError('malformed_json', { detail })
}

const JSON_TYPE = /^application\/json[\t ]*(?=;|$)/i
/** One `;` of a media type and the parameter behind it, which may be missing (RFC 9110, 5.6.6). */
const PARAMETER = /;[\t ]*(?:([\w!#$%&'*+.^`|~-]+)=(?:([\w!#$%&'*+.^`|~-]+)|"((?:[^"\\]|\\.)*)"))?[\t ]*/gy

/** Whether a media type means JSON in UTF-8. Parameters that JSON does not have say nothing. */
function isJson(type: string): boolean {
  const [start] = JSON_TYPE.exec(type) ?? []
  if (start === undefined) return false
  const parameters = [...type.slice(start.length).matchAll(PARAMETER)]
  if (parameters.reduce((length, [text]) => length + text.length, start.length) !== type.length) return false
  return parameters.every(([, name, token, quoted]) => {
    return name?.toLowerCase() !== 'charset' || /^utf-?8$/i.test(token ?? quoted ?? '')
  })
}

function requireJson(type: string | undefined, encoding = 'identity'): void {
  if (encoding.toLowerCase() !== 'identity') {
    throw new AppError('unsupported_media_type', { detail: say('body_encoded') })
  }
  if (type !== undefined && isJson(type)) return
  throw new AppError('unsupported_media_type', {
    detail: say('body_not_json'),
  })
}

/** The value of a JSON text. Throws 400. Of a member that is given twice, the last one counts. */
export function parseBody(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw malformed(text === '' ? say('body_missing') : whereBroken(text))
  }
  // Only escapes can hold what cannot be stored, and both are rare: nobody else pays for the walk.
  if (text.includes('\\u') || text.includes('__proto__')) refuseOddities(value)
  return value
}

/** Says the place and quotes nothing: there may be a code or a key in it. */
function whereBroken(text: string): Text {
  const at = findJsonFault(text) ?? text.length
  const lines = text.slice(0, at).split('\n')
  const place = { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
  return at === text.length ? say('json_cut_off', place) : say('json_fault', place)
}

/** Throws 422 for text that PostgreSQL cannot keep, and for a member that JavaScript would take for something else. */
function refuseOddities(root: unknown): void {
  const open: { path: string; value: unknown }[] = [{ path: '', value: root }]
  for (let next = open.pop(); next; next = open.pop()) {
    const { path, value } = next
    if (typeof value === 'string') requireStorable(path, value)
    if (typeof value !== 'object' || value === null) continue
    for (const [key, member] of Object.entries(value)) {
      const below = path ? `${path}.${key}`.slice(0, 100) : key
      if (key === '__proto__') throw invalid(below, 'unknown_field')
      requireStorable(below.toWellFormed(), key)
      open.push({ path: below, value: member })
    }
  }
}

function requireStorable(path: string, text: string): void {
  if (!text.includes('\0') && text.isWellFormed()) return
  throw invalid(path.replaceAll('\0', '') || 'body', 'not_storable')
}
