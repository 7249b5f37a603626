import encodeQr from 'qr'
import type { ClientContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { say } from '../words/text.ts'
import { get } from './read.ts'

/** Cameras expect a light background, on dark pages too. */
const BACKGROUND = '<rect width="100%" height="100%" fill="#fff"/>'

/** A link as a QR code in SVG. */
export const qrOf = (uri: string): string =>
  encodeQr(uri, 'svg', { ecc: 'medium', border: 4 }).replace('>', `>${BACKGROUND}`)

/** The number to call as a QR code of its `tel:` link, in SVG. Throws 404 while there is none. */
export async function drawCallTo(context: ClientContext, input: { id: string }): Promise<string> {
  const { call_to } = await get(context, input)
  if (!call_to) throw new AppError('not_found', { detail: say('no_number_to_call') })
  return qrOf(call_to.uri)
}
