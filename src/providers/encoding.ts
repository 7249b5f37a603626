import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw, zstdDecompress } from 'node:zlib'

type Decode = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>

const [unzip, unbrotli, unzstd] = [promisify(gunzip), promisify(brotliDecompress), promisify(zstdDecompress)]
const [undeflate, undeflateRaw] = [promisify(inflate), promisify(inflateRaw)]

const DECODERS: Readonly<Record<string, Decode[]>> = {
  gzip: [unzip],
  'x-gzip': [unzip],
  br: [unbrotli],
  zstd: [unzstd],
  // HTTP specifies the first; some servers send the second.
  deflate: [undeflate, undeflateRaw],
}
const LAYERS_MAX = 3

/**
 * Decompresses a body that an operator compressed without being asked: by its `Content-Encoding`, or as gzip
 * if its first bytes say so. Returns a body unchanged if it is not encoded as declared. `too_large`: more
 * than `limitBytes` of content.
 */
export async function decodeBody(
  body: Buffer,
  named: string | undefined,
  limitBytes: number,
): Promise<Buffer | 'too_large'> {
  const layers = (named ?? '').toLowerCase().split(',').reverse()
  let content = body
  for (let layer = 0; layer < LAYERS_MAX && content.length > 0; layer += 1) {
    const name = isGzip(content) ? 'gzip' : (layers[layer]?.trim() ?? '')
    const decoders = Object.hasOwn(DECODERS, name) ? (DECODERS[name] ?? []) : []
    const decoded = await firstOf(decoders, content, limitBytes)
    if (decoded === 'too_large') return decoded
    if (!decoded) break
    content = decoded
  }
  return content
}

async function firstOf(decoders: readonly Decode[], bytes: Buffer, limitBytes: number) {
  for (const decode of decoders) {
    try {
      return await decode(bytes, { maxOutputLength: limitBytes })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return 'too_large'
    }
  }
  return null
}

const isGzip = (bytes: Buffer) => bytes[0] === 0x1f && bytes[1] === 0x8b

/**
 * Decodes bytes, without a byte-order mark: as UTF-8 if valid, or else as the mark or the content type says.
 */
export function decodeText(bytes: Buffer, contentType: string | undefined): string {
  const marks: Record<string, string> = { fffe: 'utf-16le', feff: 'utf-16be' }
  const named = /charset="?([\w-]+)/i.exec(contentType ?? '')?.[1]
  for (const charset of ['utf-8', marks[bytes.toString('hex', 0, 2)] ?? named]) {
    try {
      return new TextDecoder(charset, { fatal: true }).decode(bytes)
    } catch {
      // Not in this charset, or the charset is unknown.
    }
  }
  return new TextDecoder().decode(bytes)
}
