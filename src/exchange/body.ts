import { isUtf8 } from 'node:buffer'
import { IncomingMessage } from 'node:http'
import { AppError, invalid } from '../errors.ts'
import { networksOf } from '../values/networks.ts'
import { say, type Text } from '../words/text.ts'
import type { HttpContext } from './exchange.ts'
import { soleHeader } from './headers.ts'
import { findJsonFault } from './json-fault.ts'

const BODY_BYTES_MAX = 64 * 1024
/** Memory of a connection that is receiving a body, besides the body itself. */
const CONNECTION_BYTES = 8 * 1024
const CHUNKS_MAX = 64

/**
 * The body as text without a byte-order mark; empty if absent. Throws 400 for bytes that are not UTF-8, 413,
 * 415 and 503.
 */
export async function readBody(c: HttpContext): Promise<string> {
  const bytes = await readBytes(c, BODY_BYTES_MAX)
  if (bytes.length === 0) return ''
  requireJson(soleHeader(c, 'Content-Type'), soleHeader(c, 'Content-Encoding'))
  if (!isUtf8(bytes)) throw malformed(say('body_not_utf8'))
  const text = bytes.toString('utf8')
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

/** The block of addresses that one client may hold: a single IPv4 address, or the /48 of an IPv6 address. */
const blockOf = (address: string | null) => (address ? networksOf(address).at(-1)?.name : null) ?? 'unknown'

/** The body's bytes. Throws 413 above `most` bytes, and 503 while too many bodies are being received. */
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
  if (given !== undefined && incoming.readableLength === length && !incoming.destroyed) {
    // It has arrived with the headers, as nearly every body does.
    const bytes: Buffer = incoming.read()
    incoming.resume()
    return bytes
  }
  const { bytes, giveUp } = readIncoming(incoming, most)
  const { place, address, service } = c.get('exchange')
  let release = () => {}
  // A body that follows its headers closely is complete before this runs.
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

/**
 * Reads from the socket: a web stream copies each body twice, which takes a twelfth of this process's time
 * for a start.
 */
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
    // A one-byte chunk takes two hundred bytes of memory.
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
  // The rest of the body stays unread, so the connection cannot be reused.
  return new AppError('body_too_large', { detail, headers: { connection: 'close' } })
}

function malformed(detail: Text): AppError {
  return new AppError('malformed_json', { detail })
}

const JSON_TYPE = /^application\/json[\t ]*(?=;|$)/i
/** A `;` of a media type and the parameter after it, which may be missing (RFC 9110, 5.6.6). */
const PARAMETER = /;[\t ]*(?:([\w!#$%&'*+.^`|~-]+)=(?:([\w!#$%&'*+.^`|~-]+)|"((?:[^"\\]|\\.)*)"))?[\t ]*/gy

/** Whether a media type means JSON in UTF-8. Ignores parameters other than `charset`. */
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

/**
 * Parses a JSON text. Throws 400, and 422 for content that cannot be stored. If a member occurs twice, the
 * last one wins.
 */
export function parseBody(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw malformed(text === '' ? say('body_missing') : whereBroken(text))
  }
  // Only an escape can produce text that cannot be stored. Both conditions are rare, so most bodies skip the
  // walk.
  if (text.includes('\\u') || text.includes('__proto__')) refuseUnstorable(value)
  return value
}

/** Gives the position and quotes nothing: the text may contain a code or a key. */
function whereBroken(text: string): Text {
  const at = findJsonFault(text) ?? text.length
  const lines = text.slice(0, at).split('\n')
  const place = { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
  return at === text.length ? say('json_cut_off', place) : say('json_fault', place)
}

/** Throws 422 for text that PostgreSQL cannot store, and for the member `__proto__`. */
function refuseUnstorable(root: unknown): void {
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
