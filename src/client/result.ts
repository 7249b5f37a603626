import type { ClientContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { signStatement } from '../signing/statement.ts'
import { publicId } from '../values/ids.ts'
import { say } from '../words/text.ts'
import { readOwn } from './read.ts'

/** How long the statement is accepted. */
const RESULT_SECONDS = 600

/**
 * The address of a page as a URL. Throws 403 unless the tenant allows its origin (`allowedOrigins`): nobody can use a
 * link to this service to send people elsewhere.
 */
export function requireAllowed(address: string, allowedOrigins: readonly string[]): URL {
  const url = URL.parse(address)
  if (url && allowedOrigins.includes(url.origin)) return url
  throw new AppError('origin_not_allowed', { detail: say('return_refused') })
}

/**
 * Where the user goes from the hosted page: the `address` with `verification`, `status`, the caller's own `state`, and
 * `result`, a signed statement of all three (JWT, EdDSA, ten minutes). It is no proof: it names no phone.
 */
export async function addressWithResult(
  context: ClientContext,
  { id, address, state }: { id: string; address: URL; state: string | undefined },
): Promise<string> {
  const [own] = await readOwn(context, [id])
  if (!own) throw new AppError('not_found', { detail: say('unknown_verification') })
  const told = { verification: own.view.id, status: own.view.status, ...(state !== undefined && { state }) }
  const now = Math.floor(Date.now() / 1000)
  const { jws } = await signStatement(context, 'ringproof-result', {
    aud: publicId('tenant', context.actor.tenantId),
    ...told,
    iat: now,
    exp: now + RESULT_SECONDS,
  })
  const url = new URL(address)
  for (const [name, value] of Object.entries({ ...told, result: jws })) url.searchParams.set(name, value)
  return url.href
}
