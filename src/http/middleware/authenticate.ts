import type { Authentication } from '../../access/authenticate.ts'
import type { ClientAccess } from '../../client/access.ts'
import type { ApiKeyActor, ClientActor, Scope } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { HttpContext } from '../../exchange/exchange.ts'
import { soleHeader } from '../../exchange/headers.ts'
import { say } from '../../words/text.ts'

/**
 * Authenticates the key, checks its scope and resolves the tenant to act for; for the scope `client`, authenticates
 * the token of a verification. Throws 401, 403, 404 for an unknown `Ringproof-Tenant`, 422 for a header sent twice
 * with different values, 429 and 503. `rotating`: the id of a key that this same request may already have ended.
 */
export function createGate({ authenticate, actFor }: Authentication, { enter }: ClientAccess) {
  return async function gate(
    c: HttpContext,
    scope: Scope | 'client',
    rotating?: string,
  ): Promise<ApiKeyActor | ClientActor> {
    if (scope === 'client') return enter(c, bearer(soleHeader(c, 'Authorization')))
    const key = bearer(soleHeader(c, 'Authorization'))
    if (key === null) {
      throw new AppError('unauthorized', { detail: say('key_header_missing') })
    }
    const exchange = c.get('exchange')
    const actor = await authenticate(key, exchange.address, rotating)
    exchange.actor = actor
    await exchange.place?.claim(actor.tenantId)
    if (!actor.scopes.includes(scope)) {
      throw new AppError('insufficient_scope', { detail: say('scope_needed', { scope }) })
    }
    const tenant = soleHeader(c, 'Ringproof-Tenant')
    if (tenant !== undefined) exchange.actor = await actFor(actor, tenant)
    return exchange.actor
  }
}

/** The token of a bearer header; null if the header is missing or uses another scheme. */
export function bearer(header: string | undefined): string | null {
  const [, token] = /^Bearer +(\S.*)$/i.exec(header ?? '') ?? []
  return token ?? null
}
