import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { SandboxEnv } from './answers.ts'
import { createCalls } from './calls.ts'
import { controlRoutes } from './control.ts'
import { createFaults } from './faults.ts'
import { planFor } from './plans.ts'
import { simulators as all } from './registry.ts'
import type { Sandbox, Simulator } from './state.ts'

export type SandboxOptions = {
  /** Milliseconds; the system clock by default. */
  now?: () => number
  /** How many calls to keep at most. */
  mostCalls?: number
  /** By the name under which each is served, in the order in which test calls try them; all by default. */
  simulators?: Readonly<Record<string, Simulator>> | undefined
}

/** Creates the sandbox's application; `server.ts` serves it. */
export function createSandbox({
  now = Date.now,
  mostCalls,
  simulators = all,
}: SandboxOptions = {}): Sandbox & { app: Hono<SandboxEnv> } {
  const names = Object.keys(simulators)
  const faults = createFaults(now)
  const sandbox: Sandbox = {
    calls: createCalls(now, mostCalls),
    faults,
    now,
    plan: (operator, namespace, phone, channel) =>
      planFor({ isFirst: operator === names[0], phone, channel }, faults.take(namespace, operator, phone)),
  }
  const app = new Hono<SandboxEnv>({ strict: false })
  app.use(bodyLimit({ maxSize: 64 * 1024 }))
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.route('/', controlRoutes(sandbox, names))
  for (const [name, simulate] of Object.entries(simulators)) app.route(`/${name}`, simulate(sandbox, name))
  return { ...sandbox, app }
}
