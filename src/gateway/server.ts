import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { holdLock } from '../process/lock.ts'
import { gatewayApi } from './api.ts'
import { createCalls } from './calls.ts'
import type { AsteriskOptions } from './engines/asterisk.ts'
import type { Engine } from './engines/engine.ts'
import { openJournal } from './journal.ts'
import { keepPort, keptPort } from './kept-port.ts'
import { createTrunks } from './trunks.ts'

export type GatewayOptions = {
  host: string
  port: number
  key: string
  /** Holds the journal. */
  folder: string
  sipAddress: string
  /** Null: the port of the last start, a free one at first. */
  sipPort: number | null
  allowPrivateTargets: boolean
  /** Calls go through Asterisk, in place of a SIP socket of our own. */
  asterisk?: Omit<AsteriskOptions, 'failed'> | undefined
  /** How long to wait for a reply, in milliseconds; 32 s by default, as in SIP. */
  patienceMs?: number
  failed(error: Error): void
}

export type RunningGateway = {
  /** `http://host:port`. */
  url: string
  /** Null with Asterisk. */
  sipPort: number | null
  /** The calls of the process before that it cancelled. */
  cancelled: number
  close(): Promise<void>
}

/** How long calls that ring at the end may take to be cancelled. The next process cancels the rest. */
const CANCEL_WAIT_MS = 1_500
const CHORE_EVERY_MS = 60_000

/**
 * Serves a gateway. Cancels what an earlier process left ringing before it takes any call. Throws if another gateway
 * uses the folder.
 */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const journal = openJournal(options.folder, options.failed)
  // A second gateway here would end the calls of the first.
  const lock = holdLock(join(options.folder, 'lock'))
  if (!lock) throw new Error('another gateway uses this folder')
  const { engine, sipPort } = await openEngine(options)
  const trunks = createTrunks(engine)
  const calls = createCalls({ journal, trunks, engine, patienceMs: options.patienceMs })
  const cancelled = await calls.recover()

  const chore = setInterval(() => {
    calls.forget()
    trunks.forget()
    journal.prune(Date.now()).catch(options.failed)
  }, CHORE_EVERY_MS)
  chore.unref()

  const server = createAdaptorServer({
    fetch: gatewayApi({ calls, trunks, key: options.key, failed: options.failed }).fetch,
  }) as Server
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => resolve())
  })
  const { address, port } = server.address() as AddressInfo
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    sipPort,
    cancelled,
    async close() {
      clearInterval(chore)
      await calls.stop(CANCEL_WAIT_MS)
      trunks.close()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
      await engine.close()
      await journal.close()
      lock.release()
    },
  }
}

/** Loads only the engine in use. */
async function openEngine(options: GatewayOptions): Promise<{ engine: Engine; sipPort: number | null }> {
  const { asterisk, folder, failed, sipAddress, sipPort, allowPrivateTargets } = options
  if (asterisk) {
    const { createAsteriskEngine } = await import('./engines/asterisk.ts')
    return { engine: createAsteriskEngine({ ...asterisk, failed }), sipPort: null }
  }
  const { createEmbeddedEngine } = await import('./engines/embedded.ts')
  const engine = await createEmbeddedEngine({
    address: sipAddress,
    // A trunk sends the end of a call to the port that the INVITE came from.
    port: sipPort ?? keptPort(folder),
    allowPrivateTargets,
    failed,
  })
  if (sipPort === null) keepPort(folder, engine.port)
  return { engine, sipPort: engine.port }
}
