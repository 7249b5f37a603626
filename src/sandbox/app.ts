import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { SandboxEnv } from './answers.ts'
import { createCalls } from './calls.ts'
import { controlRoutes } from './control.ts'
import { createFaults } from './faults.ts'
import { newTelSimulator } from './new-tel.ts'
import type { Sandbox } from './state.ts'
import { telefonIpSimulator } from './telefon-ip.ts'

export type SandboxOptions = {
  /** Milliseconds; the system clock by default. */
  now?: () => number
  /** How many calls are remembered at most. */
  mostCalls?: number
}

/** The sandbox as an application, to be served by `server.ts`. */
export function createSandbox({
  now = Date.now,
  mostCalls,
}: SandboxOptions = {}): Sandbox & { app: Hono<SandboxEnv> } {
  const sandbox: Sandbox = { calls: createCalls(now, mostCalls), faults: createFaults(now), now }
  const app = new Hono<SandboxEnv>({ strict: false })
  app.use(bodyLimit({ maxSize: 64 * 1024 }))
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.route('/', controlRoutes(sandbox))
  app.route('/', telefonIpSimulator(sandbox))
  app.route('/', newTelSimulator(sandbox))
  return { ...sandbox, app }
}
