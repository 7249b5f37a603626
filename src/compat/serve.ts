import type { OpenAPIHono } from '@hono/zod-openapi'
import type { App, Context } from '../context.ts'
import type { Env } from '../exchange/exchange.ts'
import type { Doors } from './doors.ts'
import { newTelRoutes } from './new-tel/routes.ts'
import { forgetSignatures } from './new-tel/signatures.ts'
import { deliverNotices } from './notices.ts'
import { telefonIpRoutes } from './telefon-ip/routes.ts'

/** The routes of all doors. */
export function doorRoutes(hono: OpenAPIHono<Env>, app: App, doors: Doors): void {
  telefonIpRoutes(hono, app, doors)
  newTelRoutes(hono, app, doors)
}

/** What every worker does for the doors. */
export const DOOR_CHORES: { name: string; everyMs: number; run(context: Context): Promise<unknown> }[] = [
  { name: 'webhooks of doors', everyMs: 1000, run: deliverNotices },
  { name: 'signatures of doors', everyMs: 10_000, run: ({ db }) => forgetSignatures(db) },
]
