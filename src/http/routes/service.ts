import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { App } from '../../context.ts'
import type { Env, Service } from '../../exchange/exchange.ts'
import { send } from '../../exchange/send.ts'
import { proofKeys } from '../../signing/proof.ts'
import { createOpen, json, probeRoutes } from './probes.ts'

const Keys = z
  .object({
    keys: z.array(
      z.looseObject({ kty: z.string(), crv: z.string(), x: z.string(), kid: z.string(), alg: z.string() }),
    ),
  })
  .openapi('ProofKeys')

/** Health, readiness, metrics and the keys that verify proofs. For machines; no API key needed. */
export function serviceRoutes(hono: OpenAPIHono<Env>, app: App, service: Service): void {
  const open = createOpen(hono)
  probeRoutes(open, app, service)

  open(
    '/.well-known/jwks.json',
    'getProofKeys',
    [
      'Get the public keys that verify proofs',
      'Cache them; fetch them again if a proof names a `kid` that you do not have.',
    ],
    { 200: json('A JWK Set.', Keys) },
    async (c) => {
      const keys = await proofKeys(app.secrets)
      const headers = { 'cache-control': 'public, max-age=300' }
      return send(c, { status: 200, headers, body: { keys } })
    },
  )
}
