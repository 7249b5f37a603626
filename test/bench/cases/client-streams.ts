import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { clientTokenOf } from '../../../src/client/token.ts'
import { parseId } from '../../../src/values/ids.ts'
import { type Bed, prepareBed } from '../bed.ts'
import { type Figure, within } from '../figure.ts'
import { residentMiB } from '../memory.ts'
import { scaled } from '../scale.ts'
import { deliveredVerifications } from '../seed.ts'

const STREAMS = 10_000
const AT_ONCE = 100

/** The highest memory of an API process while 10,000 browsers follow their verifications, and these change. */
export async function clientStreamFigures(): Promise<Figure[]> {
  const bed = await prepareBed({ redis: false, workers: 0 })
  const sockets: Socket[] = []
  try {
    const ids = await deliveredVerifications(bed, scaled(STREAMS))
    const pid = bed.stack.pid('api')
    const idle = await residentMiB(pid)
    for (let i = 0; i < ids.length; i += AT_ONCE) {
      sockets.push(...(await Promise.all(ids.slice(i, i + AT_ONCE).map((id) => open(bed, id)))))
    }
    let most = await residentMiB(pid)
    console.log(`client-streams: idle ${Math.round(idle)} MiB, all open ${Math.round(most)} MiB`)
    for (let second = 0; second < scaled(40); second += 1) {
      const changed = ids.slice((second * 500) % ids.length).slice(0, 500)
      await bed.app.db.sql`update verifications set audit_seq = audit_seq + 1
        where id = any(${changed.map((id) => parseId('verification', id))}::uuid[])`
      await sleep(1000)
      most = Math.max(most, await residentMiB(pid))
    }
    const events = sockets.filter((socket) => socket.bytesRead > 1500).length
    console.log(`client-streams: ${events} of ${sockets.length} streams were told of a change`)
    return [within('client-streams', 'MiB', most, 300, idle)]
  } finally {
    for (const socket of sockets) socket.destroy()
    await bed.close()
  }
}

/** Resolves once the first event has come. */
function open({ stack, app }: Bed, id: string): Promise<Socket> {
  const { hostname, port, host } = new URL(stack.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    socket.write(
      `GET /v1/client/events HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${clientTokenOf(app, { id })}\r\n\r\n`,
    )
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the stream was closed')))
    socket.once('data', (data) => {
      if (!data.toString().startsWith('HTTP/1.1 200')) return reject(new Error(data.toString()))
      socket.resume()
      resolve(socket)
    })
  })
}
