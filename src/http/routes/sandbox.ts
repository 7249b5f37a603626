import { z } from '@hono/zod-openapi'
import { sandboxCalls } from '../../calls/sandbox-calls.ts'
import { SPECIAL_PHONES } from '../../sandbox/special-phones.ts'
import { phone } from '../../values/phone-schemas.ts'
import type { Mount } from '../spec.ts'

const CallsQuery = z.strictObject({
  phone: phone.optional(),
})

const SandboxCalls = z
  .object({
    data: z.array(
      z.object({
        from: z.string().openapi({ description: 'The calling number; it ends with the code.' }),
        to: z.string().openapi({ description: 'The phone that was called.' }),
        channel: z.string(),
        at: z.string().openapi({ format: 'date-time', description: 'When the operator dialled.' }),
        status: z.string().openapi({
          description: '`ringing`, then `missed` or how else the call ended, e.g. `busy` or `answered`.',
        }),
      }),
    ),
  })
  .openapi('SandboxCalls')

/** The calls that the sandbox's handsets received. */
export function sandboxRoutes(mount: Mount): void {
  mount(
    {
      method: 'get',
      path: '/v1/sandbox/calls',
      tag: 'Sandbox',
      operationId: 'listSandboxCalls',
      summary: 'List the calls that simulated handsets received, newest first',
      description: [
        'Requires a test key; a live key gets `insufficient_scope`.',
        'Every phone rings and does not answer, except these:',
        Object.entries(SPECIAL_PHONES)
          .map(([phone, { what }]) => `- \`${phone}\`: ${what}`)
          .join('\n'),
      ].join('\n\n'),
      scope: 'read',
      query: CallsQuery,
      answers: { 200: { description: 'The calls.', schema: SandboxCalls } },
    },
    async (context, { query }) => ({ status: 200, body: await sandboxCalls(context, query) }),
  )
}
