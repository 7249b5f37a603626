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

/** Health and credential check of a provider account. */
export function accountHealthRoutes(mount: Mount): void {
  mount(
    {
      method: 'get',
      path: '/v1/provider-accounts/{id}/health',
      tag,
      operationId: 'getProviderAccountHealth',
      summary: 'Get the health of a provider account',
      description:
        'Its breaker, balance, calls in flight, and delivery and approval rates by network prefix.',
      scope: 'admin',
      answers: { 200: { description: 'The health of the account.', schema: HealthView } },
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
      summary: 'Check the credentials of a provider account',
      description:
        'Requests the balance from the operator. If that fails, the response is 409 and `reason` says why: `unauthorized`, `refused`, `bad_answer`, `unreachable` or `timeout`.',
      scope: 'admin',
      body: NoBody,
      bodyOptional: true,
      answers: { 200: { description: 'The credentials work.', schema: CheckView } },
      errors: ['conflict'],
    },
    async (context, { id }) => {
      const { balance, problem } = await checkAccount(context, { id })
      if (problem) throw failure(problem.reason)
      return { status: 200, body: { ok: true, balance } }
    },
  )
}

/** A 409 in our own words; a 200 would make broken credentials look valid. */
const failure = (reason: ProviderFault['reason']) =>
  new AppError('conflict', { detail: say(`fault_${reason}`), extra: { reason } })
