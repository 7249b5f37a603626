import { Hono } from 'hono'
import { z } from 'zod'
import type { SandboxEnv } from './answers.ts'
import { namespaceOf } from './credentials.ts'

export type Traits<Trait extends string> = {
  has(namespace: string, trait: Trait): boolean
  /** Control calls, for the holder of a sandbox key: `PUT /traits` with a list of traits. */
  routes: Hono<SandboxEnv>
}

/** How a simulated operator behaves in each namespace, besides the usual. */
export function createTraits<Trait extends string>(all: readonly Trait[]): Traits<Trait> {
  const traits = new Map<string, ReadonlySet<string>>()
  const routes = new Hono<SandboxEnv>()
  routes.use(async (c, next) => {
    const token = /^Bearer (\S+)$/.exec(c.req.header('authorization') ?? '')?.[1]
    const namespace = token ? namespaceOf(token) : null
    if (!namespace) return c.json({ error: 'send a sandbox key as the bearer token' }, 401)
    c.set('namespace', namespace)
    return next()
  })
  routes.put('/traits', async (c) => {
    const { data } = z.array(z.enum(all)).safeParse(await c.req.json().catch(() => null))
    if (!data) return c.json({ error: 'send a list of traits', traits: all }, 422)
    traits.set(c.get('namespace'), new Set(data))
    return c.json(data)
  })
  return { has: (namespace, trait) => traits.get(namespace)?.has(trait) ?? false, routes }
}
