import { AppError } from '../errors.ts'
import { BODY_BYTES_MAX } from '../http/body.ts'
import type { HttpContext } from '../http/exchange.ts'
import { soleHeader } from '../http/headers.ts'

const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(;|$)/i

/** The fields of a submitted form. Throws 413 or 415. */
export async function readForm(c: HttpContext): Promise<Form> {
  if (!FORM_TYPE.test(soleHeader(c, 'Content-Type') ?? '')) throw new AppError('unsupported_media_type')
  const length = Number(c.req.header('content-length'))
  // Browsers always say how long a form is.
  if (!(length <= BODY_BYTES_MAX)) throw new AppError('body_too_large', { headers: { connection: 'close' } })
  return new Form(new URLSearchParams(await c.req.text()))
}

/** What somebody typed. */
export class Form {
  readonly #fields: URLSearchParams

  constructor(fields: URLSearchParams = new URLSearchParams()) {
    this.#fields = fields
  }

  /** Trimmed and storable; empty where it is missing. */
  text(name: string): string {
    return clean(this.#fields.get(name) ?? '')
  }

  /** The values of boxes that were ticked, or of a field that may be given several times. */
  all(name: string): string[] {
    return this.#fields.getAll(name).map(clean)
  }

  toString(): string {
    return this.#fields.toString()
  }

  has(name: string): boolean {
    return this.#fields.has(name)
  }
}

const clean = (text: string) => text.replaceAll('\0', '').toWellFormed().trim()
