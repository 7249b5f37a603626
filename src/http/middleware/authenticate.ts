import type { Authentication } from '../../access/authenticate.ts'
import type { ApiKeyActor, Scope } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { HttpContext } from '../../exchange/exchange.ts'
import { soleHeader } from '../../exchange/headers.ts'
import { say } from '../../words/text.ts'

/**
 * Who asks, and whether the key's scopes allow it. Throws 401, 403, 429, 422 for headers that contradict themselves, 404 for a
 * foreign `Ringproof-Tenant`, and 503. `rotating`: the id of a key that may have ended by this very request.
 */
export function createGate({ authenticate, actFor }: Authentication) {
  return async function gate(c: HttpContext, scope: Scope, rotating?: string): Promise<ApiKeyActor> {
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

/** The token of a bearer header; null for none and for other schemes. */
export function bearer(header: string | undefined): string | null {
  const [, token] = /^Bearer +(\S.*)$/i.exec(header ?? '') ?? []
  return token ?? null
}
