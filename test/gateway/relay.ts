import { createSocket, type RemoteInfo } from 'node:dgram'
import { onTestFinished } from 'vitest'

/**
 * A network on the way to a trunk. `carry`: what becomes of a datagram: none, one or several of them;
 * `outbound`: whether it comes from the gateway. `atEnd`: when it stops, by default after the test.
 */
export async function startRelay(
  { server, port }: { server: string; port: number },
  carry: (message: string, outbound: boolean) => string[],
  atEnd: (stop: () => void) => void = onTestFinished,
) {
  const address = '127.0.0.8'
  const [outer, inner] = [createSocket('udp4'), createSocket('udp4')]
  await new Promise<void>((resolve) => outer.bind(0, address, resolve))
  await new Promise<void>((resolve) => inner.bind(0, address, resolve))
  atEnd(() => {
    outer.close()
    inner.close()
  })
  let caller: RemoteInfo | null = null
  outer.on('message', (data: Buffer, from: RemoteInfo) => {
    caller = from
    for (const each of carry(data.toString('latin1'), true)) {
      inner.send(Buffer.from(each, 'latin1'), port, server)
    }
  })
  inner.on('message', (data: Buffer) => {
    for (const each of carry(data.toString('latin1'), false)) {
      if (caller) outer.send(Buffer.from(each, 'latin1'), caller.port, caller.address)
    }
  })
  return { server: address, port: outer.address().port }
}
