import { AppError } from '../errors.ts'
import { readBytes, tooLarge } from '../exchange/body.ts'
import type { HttpContext } from '../exchange/exchange.ts'
import { soleHeader } from '../exchange/headers.ts'

const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(;|$)/i

/** Of somebody who is logged in. */
export const FORM_BYTES_MAX = 16 * 1024
/** Of somebody who is not: a key, a token and an address of ours. */
export const OPEN_FORM_BYTES_MAX = 4 * 1024

/** The fields of a submitted form. Throws 413, 415 or 503. */
export async function readForm(c: HttpContext, bytesMax: number): Promise<Form> {
  if (!FORM_TYPE.test(soleHeader(c, 'Content-Type') ?? '')) throw new AppError('unsupported_media_type')
  const length = Number(c.req.header('content-length'))
  // Browsers always say how long a form is.
  if (!(length <= bytesMax)) throw tooLarge(bytesMax)
  return new Form(new URLSearchParams((await readBytes(c, bytesMax)).toString()))
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
