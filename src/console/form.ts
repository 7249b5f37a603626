import { AppError } from '../errors.ts'
import { readBytes, tooLarge } from '../exchange/body.ts'
import type { HttpContext } from '../exchange/exchange.ts'
import { soleHeader } from '../exchange/headers.ts'

const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(;|$)/i

/** For users who are logged in: enough for texts in fifty languages, which take up to nine bytes a character. */
export const FORM_BYTES_MAX = 64 * 1024
/** For visitors who are not: a key, a token and a path. */
export const OPEN_FORM_BYTES_MAX = 4 * 1024

/** The fields of a submitted form. Throws 413, 415 or 503. */
export async function readForm(c: HttpContext, bytesMax: number): Promise<Form> {
  if (!FORM_TYPE.test(soleHeader(c, 'Content-Type') ?? '')) throw new AppError('unsupported_media_type')
  const length = Number(c.req.header('content-length'))
  // Browsers always send the length of a form.
  if (!(length <= bytesMax)) throw tooLarge(bytesMax)
  return new Form(new URLSearchParams((await readBytes(c, bytesMax)).toString()))
}

/** The fields of a form, as a user filled them in. */
export class Form {
  readonly #fields: URLSearchParams

  constructor(fields: URLSearchParams = new URLSearchParams()) {
    this.#fields = fields
  }

  /** Trimmed and storable; empty for a missing field. */
  text(name: string): string {
    return clean(this.#fields.get(name) ?? '')
  }

  /** The values of ticked boxes, or of any repeated field. */
  all(name: string): string[] {
    return this.#fields.getAll(name).map(clean)
  }

  toString(): string {
    return this.#fields.toString()
  }

  /** Of all fields, in the order of the page. */
  names(): string[] {
    return [...this.#fields.keys()]
  }

  has(name: string): boolean {
    return this.#fields.has(name)
  }
}

const clean = (text: string) => text.replaceAll('\0', '').toWellFormed().trim()
