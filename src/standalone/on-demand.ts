import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream'

const RETRY_MS = 50

/**
 * Listens on 127.0.0.1 in place of a child, which the first connection starts, and hands every connection on.
 * Resolves to the URL. A connection that comes while the child restarts waits for it.
 */
export async function listenFor(start: () => Promise<string | null>): Promise<string> {
  let starting: Promise<string | null> | null = null
  const started = () => {
    starting ??= start().catch((error: Error) => {
      console.error(error.message)
      starting = null
      return null
    })
    return starting
  }

  const server = createServer(async (socket) => {
    socket.on('error', () => socket.destroy())
    const url = await started()
    if (url) handOn(socket, Number(new URL(url).port))
    else socket.destroy()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve())
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function handOn(socket: Socket, port: number): void {
  if (socket.destroyed) return
  const child = connect(port, '127.0.0.1')
  child.once('error', () => setTimeout(() => handOn(socket, port), RETRY_MS))
  child.once('connect', () => {
    child.removeAllListeners('error')
    pipeline(socket, child, () => {})
    pipeline(child, socket, () => {})
  })
}
