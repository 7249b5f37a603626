import { z } from '@hono/zod-openapi'
import { checkAccount, healthOf } from '../../routing/account-verbs.ts'
import { HealthView } from '../../routing/schemas.ts'
import { NoBody } from '../common-schemas.ts'
import type { Mount } from '../route.ts'

const tag = 'Provider accounts'

const CheckView = z
  .object({
    ok: z.boolean(),
    balance: z.object({ amount: z.string(), currency: z.string() }).nullable(),
    problem: z.object({ reason: z.string(), detail: z.string() }).nullable(),
  })
  .openapi('ProviderAccountCheck')

/** How an account at an operator is doing. */
export function accountHealthRoutes(mount: Mount): void {
  mount(
    {
      method: 'get',
      path: '/v1/provider-accounts/{id}/health',
      tag,
      operationId: 'getProviderAccountHealth',
      summary: 'Breaker, balance, calls in flight, and shares by network prefix',
      scope: 'admin',
      answers: { 200: { description: 'How it is doing.', schema: HealthView } },
    },
    async (context, { id }) => ({ status: 200, body: await healthOf(context, { id }) }),
  )

  mount(
    {
      method: 'post',
      path: '/v1/provider-accounts/{id}/check',
      tag,
      operationId: 'checkProviderAccount',
      summary: 'Try the credentials with a harmless request',
      description: 'Asks the operator for the balance, and says what is wrong where it cannot be had.',
      scope: 'admin',
      body: NoBody,
      bodyOptional: true,
      answers: { 200: { description: 'What came of it.', schema: CheckView } },
    },
    async (context, { id }) => ({ status: 200, body: await checkAccount(context, { id }) }),
  )
}
