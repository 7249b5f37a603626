import type { KeyThrottle } from '../access/key-throttle.ts'
import type { App, ClientActor } from '../context.ts'
import { AppError } from '../errors.ts'
import type { HttpContext } from '../exchange/exchange.ts'
import { send } from '../exchange/send.ts'
import { wrongKeys } from '../process/metrics.ts'
import { say } from '../words/text.ts'
import { verificationOf } from './token.ts'

/** How long a token works after the end of its verification. */
const AFTER_END_MINUTES = 10
/** How long a browser may keep the answer to a preflight request, in seconds. */
const PREFLIGHT_SECONDS = '600'

export type ClientAccess = {
  /**
   * The actor of a client token. Throws 401 for a wrong or ended one, 403 for a page whose origin the tenant does
   * not allow, and 429 to an address that keeps sending wrong tokens, which count like wrong keys.
   */
  enter(c: HttpContext, token: string | null): Promise<ClientActor>
  /** Answers what a browser asks before a page of another origin sends a request. */
  preflight(c: HttpContext): Promise<Response>
}

type Row = {
  tenantId: string
  livemode: boolean
  hasEnded: boolean
  defaultRegion: string | null
  allowedOrigins: string[]
}

export function createClientAccess(app: App, throttle: KeyThrottle): ClientAccess {
  const { db, caches } = app
  // A preflight request has no token, and so no tenant.
  const isKnownOrigin = caches.create(['tenants'], async (origin) => {
    const [tenant] = await db.sql`
      select from tenants where allowed_origins @> ${[origin]}::text[] and deleted_at is null limit 1`
    return tenant !== undefined
  })

  /** Whether the page is the hosted one. Behind a proxy, only PUBLIC_URL says what its origin is. */
  function isOwn(c: HttpContext, origin: string): boolean {
    const { PUBLIC_URL } = app.config
    if (PUBLIC_URL) return new URL(PUBLIC_URL).origin === origin
    const host = URL.parse(origin)?.host
    return host !== undefined && host === c.req.header('host')
  }

  async function corsFor(c: HttpContext): Promise<Record<string, string>> {
    const origin = c.req.header('origin')
    const isKnown = origin !== undefined && origin.length <= 255 && (await isKnownOrigin(origin))
    return {
      vary: 'Origin',
      ...(isKnown && {
        'access-control-allow-origin': origin,
        'access-control-expose-headers': 'Date, Retry-After, X-Request-Id',
      }),
    }
  }

  return {
    async enter(c, token) {
      const exchange = c.get('exchange')
      exchange.cors = await corsFor(c)
      const id = token === null ? null : verificationOf(app, token)
      if (id === null) {
        wrongKeys.inc()
        throttle.count(exchange.address())
        throw new AppError('unauthorized', { detail: say('client_token_wrong') })
      }
      const [row] = await db.sql<Row[]>`
        select v.tenant_id, v.livemode, t.default_region, t.allowed_origins,
          coalesce(v.completed_at < now() - make_interval(mins => ${AFTER_END_MINUTES}), false) as has_ended
        from verifications v join tenants t on t.id = v.tenant_id and t.deleted_at is null
        where v.id = ${id}`
      if (!row || row.hasEnded) throw new AppError('unauthorized', { detail: say('client_token_ended') })
      const { tenantId, livemode, defaultRegion, allowedOrigins } = row
      const actor = {
        type: 'client',
        verificationId: id,
        tenantId,
        livemode,
        scopes: [],
        defaultRegion,
        allowedOrigins,
      } as const
      exchange.actor = actor
      await exchange.place?.claim(tenantId)
      const origin = c.req.header('origin')
      if (origin !== undefined && !allowedOrigins.includes(origin) && !isOwn(c, origin)) {
        exchange.cors = { vary: 'Origin' }
        throw new AppError('origin_not_allowed', { detail: say('origin_refused') })
      }
      return actor
    },

    async preflight(c) {
      const exchange = c.get('exchange')
      exchange.route = c.req.path
      const cors = await corsFor(c)
      const allowed = 'access-control-allow-origin' in cors
      return send(c, {
        status: 204,
        headers: {
          ...cors,
          ...(allowed && {
            'access-control-allow-methods': 'GET, POST',
            'access-control-allow-headers':
              'Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Request-Id',
            'access-control-max-age': PREFLIGHT_SECONDS,
          }),
        },
      })
    },
  }
}
