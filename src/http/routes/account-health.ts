import { z } from '@hono/zod-openapi'
import { AppError } from '../../errors.ts'
import type { ProviderFault } from '../../providers/provider.ts'
import { checkAccount, healthOf } from '../../routing/account-verbs.ts'
import { HealthView } from '../../routing/schemas.ts'
import { say } from '../../words/text.ts'
import { NoBody } from '../common-schemas.ts'
import type { Mount } from '../spec.ts'

const tag = 'Provider accounts'

const CheckView = z
  .object({ ok: z.literal(true), balance: z.object({ amount: z.string(), currency: z.string() }) })
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
      liveOnly: true,
      tag,
      operationId: 'checkProviderAccount',
      summary: 'Try the credentials with a harmless request',
      description:
        'Asks the operator for the balance. Where it cannot be had the answer is 409, and its `reason` says what is wrong: `unauthorized`, `refused`, `bad_answer`, `unreachable` or `timeout`.',
      scope: 'admin',
      body: NoBody,
      bodyOptional: true,
      answers: { 200: { description: 'They work.', schema: CheckView } },
      errors: ['conflict'],
    },
    async (context, { id }) => {
      const { balance, problem } = await checkAccount(context, { id })
      if (problem) throw failure(problem.reason)
      return { status: 200, body: { ok: true, balance } }
    },
  )
}

/** In our own words; and no 200, or credentials that do not work would pass for good ones. */
const failure = (reason: ProviderFault['reason']) =>
  new AppError('conflict', { detail: say(`fault_${reason}`), extra: { reason } })
