import { open } from 'node:fs/promises'

const CHUNK_BYTES = 65_536
const NEWLINE = 10

/** A line, and the byte at which it begins. */
export type Line = { text: string; offset: number }

/** The lines of a file from the byte `start`, where a line begins. */
export async function* linesOf(path: string, start = 0): AsyncGenerator<Line, void> {
  const file = await open(path)
  try {
    let begin = start
    let rest = Buffer.alloc(0)
    for (;;) {
      const { bytesRead, buffer } = await file.read({
        buffer: Buffer.allocUnsafe(CHUNK_BYTES),
        position: begin + rest.length,
      })
      if (bytesRead === 0) break
      const data = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
      let from = 0
      for (let to = data.indexOf(NEWLINE); to >= 0; to = data.indexOf(NEWLINE, from)) {
        yield { text: data.toString('utf8', from, to), offset: begin + from }
        from = to + 1
      }
      begin += from
      rest = data.subarray(from)
    }
    if (rest.length > 0) yield { text: rest.toString(), offset: begin }
  } finally {
    await file.close()
  }
}
