import { z } from '@hono/zod-openapi'
import { AppError } from '../../errors.ts'
import { checkAccount, healthOf } from '../../routing/account-verbs.ts'
import { HealthView, numbersConfirmed } from '../../routing/schemas.ts'
import { inWords, type Text } from '../../words/text.ts'
import { NoBody } from '../common-schemas.ts'
import type { Mount } from '../spec.ts'

const tag = 'Provider accounts'

const CheckView = z
  .object({
    ok: z.literal(true),
    balance: z
      .object({ amount: z.string(), currency: z.string() })
      .nullable()
      .openapi({ description: 'Null if the operator tells none, like a SIP trunk.' }),
    numbers: numbersConfirmed.optional(),
    warning: z.string().optional().openapi({
      description:
        'What to know of an account that works: it cannot call yet, or the operator is reached without encryption.',
    }),
  })
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
        'Whether it is stopped, its breaker, balance, chance to guess a code, calls in flight, and delivery and approval rates by network prefix.',
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
        'Requests the balance from the operator. If that works, a stopped account starts again. If not, the response is 409 and `reason` says why: `unauthorized`, `refused`, `bad_answer`, `unreachable` or `timeout`; `stopped`: nothing was sent, because the operator bans this address after rejecting another account, which must be checked or changed; `banned`: no connection since then; `foreign_numbers`: the operator does not list these numbers of the pool as ones that the account may call from. A SIP trunk has no balance: it is asked to register, if `register` is set.',
      scope: 'admin',
      body: NoBody,
      bodyOptional: true,
      answers: { 200: { description: 'The credentials work.', schema: CheckView } },
      errors: ['conflict'],
    },
    async (context, { id }) => {
      const { problem, warning, ...checked } = await checkAccount(context, { id })
      if (!checked.ok) throw failure(problem as NonNullable<typeof problem>)
      return { status: 200, body: { ...checked, ...(warning && { warning: inWords('en', warning) }) } }
    },
  )
}

/** A 409 in our own words; a 200 would make broken credentials look valid. */
const failure = ({ reason, why: detail }: { reason: string; why: Text }) =>
  new AppError('conflict', { detail, extra: { reason } })
