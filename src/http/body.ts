import { isUtf8 } from 'node:buffer'
import { IncomingMessage } from 'node:http'
import { AppError, invalid } from '../errors.ts'
import type { HttpContext } from './exchange.ts'
import { soleHeader } from './headers.ts'
import { findJsonFault } from './json-fault.ts'

export const BODY_BYTES_MAX = 64 * 1024

/** The body as text, without a byte-order mark; empty for none. Throws 413, 415 or, for bytes that are not UTF-8, 400. */
export async function readBody(c: HttpContext): Promise<string> {
  const length = c.req.header('content-length')
  if (length === '0') return ''
  if (length !== undefined && Number.parseInt(length, 10) > BODY_BYTES_MAX) throw tooLarge()
  const { incoming } = c.env ?? {}
  const bytes =
    incoming instanceof IncomingMessage
      ? await readIncoming(incoming)
      : Buffer.from(await c.req.raw.arrayBuffer())
  if (bytes.length > BODY_BYTES_MAX) throw tooLarge()
  if (bytes.length === 0) return ''
  requireJson(soleHeader(c, 'Content-Type'), soleHeader(c, 'Content-Encoding'))
  if (!isUtf8(bytes)) throw malformed('The body is not UTF-8.')
  const text = bytes.toString('utf8')
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

/** From the socket, and not through a web stream: that copies each body twice, a twelfth of what a start costs this process. */
function readIncoming(incoming: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let total = 0
    const stop = () => {
      incoming.off('data', take).off('end', end).off('close', broken).off('error', broken)
    }
    const take = (chunk: Buffer) => {
      total += chunk.length
      chunks.push(chunk)
      if (total <= BODY_BYTES_MAX) return
      stop()
      incoming.pause()
      reject(tooLarge())
    }
    const end = () => {
      stop()
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks))
    }
    const broken = () => {
      stop()
      reject(malformed('The body ended too early.'))
    }
    if (incoming.destroyed) broken()
    else incoming.on('data', take).on('end', end).on('close', broken).on('error', broken)
  })
}

function tooLarge(): AppError {
  const detail = `The body may have ${BODY_BYTES_MAX} bytes.`
  // What is left of the body is not read, so that the connection is of no more use.
  return new AppError('body_too_large', { detail, headers: { connection: 'close' } })
}

function malformed(detail: string): AppError {
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
    throw new AppError('unsupported_media_type', { detail: 'Send the body without Content-Encoding.' })
  }
  if (type !== undefined && isJson(type)) return
  throw new AppError('unsupported_media_type', {
    detail: 'Send the body with Content-Type: application/json.',
  })
}

/** The value of a JSON text. Throws 400. Of a member that is given twice, the last one counts. */
export function parseBody(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw malformed(text === '' ? 'A JSON object is needed as the body.' : whereBroken(text))
  }
  // Only escapes can hold what cannot be stored, and both are rare: nobody else pays for the walk.
  if (text.includes('\\u') || text.includes('__proto__')) refuseOddities(value)
  return value
}

/** Says the place and quotes nothing: there may be a code or a key in it. */
function whereBroken(text: string): string {
  const at = findJsonFault(text) ?? text.length
  const lines = text.slice(0, at).split('\n')
  const place = `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`
  return at === text.length
    ? `The body cannot be read as JSON: it ends too early, at ${place}.`
    : `The body cannot be read as JSON: see ${place}.`
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
      if (key === '__proto__') throw invalid(below, 'is not a known field')
      requireStorable(below.toWellFormed(), key)
      open.push({ path: below, value: member })
    }
  }
}

function requireStorable(path: string, text: string): void {
  if (!text.includes('\0') && text.isWellFormed()) return
  throw invalid(path.replaceAll('\0', '') || 'body', 'must be valid Unicode without NUL')
}
