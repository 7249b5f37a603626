import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { prepare } from '../../src/db/statement.ts'

/** What is lost, the COMMIT or its answer. Either way the connection ends. */
export type Loss = 'answer' | 'commit'

/**
 * The message that prepares the statement by which a transaction stores its result: its name and its text.
 */
const REMEMBERS = /P.{4}([0-9a-f]{24})\0\s*with kept as \(\s*update idempotency_keys set result/s

/**
 * A proxy before PostgreSQL that loses the next COMMIT of a transaction that stores its result or creates an
 * API key.
 */
export async function startLossyProxy(databaseUrl: string) {
  const target = new URL(databaseUrl)
  const commit = prepare('commit').name
  let remembering: string | null = null
  const sockets = new Set<Socket>()
  let next: Loss | null = null
  let lost = 0

  const server = createServer((client) => {
    const database = connect(Number(target.port), target.hostname)
    let remembers = false
    let losing = false
    for (const socket of [client, database]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        database.destroy()
      })
    }
    client.on('data', (bytes) => {
      const text = bytes.toString('latin1')
      remembering ??= REMEMBERS.exec(text)?.[1] ?? null
      remembers ||= remembering !== null && text.includes(remembering)
      remembers ||= text.includes('insert into "api_keys"')
      const commits = text.includes(commit) || /\0commit\0|Q.{4}commit\0/s.test(text)
      const isMeant = commits && remembers
      if (commits) remembers = false
      if (isMeant && next) {
        const loss = next
        next = null
        lost += 1
        if (loss === 'commit') return void database.destroy()
        losing = true
      }
      database.write(bytes)
    })
    database.on('data', (bytes) => {
      if (!losing) client.write(bytes)
      // The database reports the commit.
      else if (bytes.includes('COMMIT\0') || bytes.includes('ERROR')) client.destroy()
    })
  })
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  )
  const url = new URL(databaseUrl)
  url.port = String(port)
  url.hostname = '127.0.0.1'
  return {
    url: url.href,
    lose(loss: Loss): void {
      next = loss
    },
    lost: () => lost,
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export type LossyProxy = Awaited<ReturnType<typeof startLossyProxy>>
