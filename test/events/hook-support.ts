import type { ServerResponse } from 'node:http'
import type { ClientContext } from '../../src/context.ts'
import type { HookDecision } from '../../src/events/start-hook.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import type { Policy } from '../../src/limits/schemas.ts'
import type { TestApp } from '../setup/app.ts'
import { uuidOf } from '../verifications/support.ts'
import type { Received } from './receiver.ts'

export const NO_LIMITS = {
  starts_per_phone_10m: null,
  starts_per_phone_hour: null,
  phone_pause_seconds: null,
  starts_per_prefix_hour: null,
} as const

/** A reaction that answers 200 with this JSON. */
export const says = (reply: object) => (_: Received, response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply))
}

/** Sets the hook of the client's tenant. Returns its secret if this created it. */
export async function hookAt(
  client: ClientContext,
  url: string,
  more: Partial<NonNullable<Policy['start_hook']>> = {},
): Promise<string | undefined> {
  const start_hook = { url, timeout_ms: 3000, on_failure: 'deny', ...more } as const
  const changed = await updatePolicy(client, { ...NO_LIMITS, start_hook })
  return changed.start_hook?.secret
}

type Stored = Pick<HookDecision, 'action' | 'milliseconds'> & Partial<Pick<HookDecision, 'failure'>>

/** What the audit says the hook answered for a verification: null if it was not asked. */
export async function decisionOf({ app }: TestApp, id: string): Promise<Stored | null> {
  const rows = await app.db.sql<{ data: string }[]>`
    select data from audit_log where verification_id = ${uuidOf(id)} and type = 'hook.answered'`
  if (rows.length > 1) throw new Error('the hook was asked twice')
  return rows[0] ? JSON.parse(rows[0].data) : null
}
