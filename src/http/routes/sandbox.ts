import { z } from '@hono/zod-openapi'
import { sandboxCalls, sandboxInbound, sandboxMessages } from '../../calls/sandbox-calls.ts'
import { SPECIAL_PHONES } from '../../sandbox/special-phones.ts'
import { phone } from '../../values/phone-schemas.ts'
import type { Mount } from '../spec.ts'

const HandsetQuery = z.strictObject({
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
        text: z.string().nullable().openapi({
          description: 'What a voice call said, once it was answered; otherwise null.',
        }),
      }),
    ),
  })
  .openapi('SandboxCalls')

const SandboxMessages = z
  .object({
    data: z.array(
      z.object({
        from: z.string().openapi({ description: 'The sender’s name.' }),
        to: z.string().openapi({ description: 'The phone that received the message.' }),
        channel: z.string().openapi({ description: '`sms` or `telegram`.' }),
        at: z.string().openapi({ format: 'date-time', description: 'When it arrived.' }),
        text: z.string().openapi({ description: 'The text, with the code.', example: 'Ваш код: 2371' }),
      }),
    ),
  })
  .openapi('SandboxMessages')

const InboundInput = z.strictObject({
  from: phone.openapi({ description: 'The phone that calls.' }),
  to: phone.openapi({ description: 'The number that it calls: `call_to.number` of the verification.' }),
})

const SandboxInbound = z
  .object({
    from: z.string(),
    to: z.string(),
    awaited: z.boolean().openapi({
      description: 'Whether an operator waited for a call of this phone to this number.',
    }),
  })
  .openapi('SandboxInbound')

const SPECIALS = [
  'Every phone rings, does not answer and gets its messages at once, except these:',
  Object.entries(SPECIAL_PHONES)
    .map(([phone, { what }]) => `- \`${phone}\`: ${what}`)
    .join('\n'),
  'Phones `+790000002NN` are called over SIP if the installation has a gateway, and behave as `+790000000NN`.',
]

/** The calls and messages that the sandbox's handsets received. */
export function sandboxRoutes(mount: Mount): void {
  mount(
    {
      method: 'get',
      path: '/v1/sandbox/calls',
      tag: 'Sandbox',
      operationId: 'listSandboxCalls',
      summary: 'List the calls that simulated handsets received, newest first',
      description: ['Requires a test key; a live key gets `insufficient_scope`.', ...SPECIALS].join('\n\n'),
      scope: 'read',
      query: HandsetQuery,
      answers: { 200: { description: 'The calls.', schema: SandboxCalls } },
    },
    async (context, { query }) => ({ status: 200, body: await sandboxCalls(context, query) }),
  )

  mount(
    {
      method: 'get',
      path: '/v1/sandbox/messages',
      tag: 'Sandbox',
      operationId: 'listSandboxMessages',
      summary: 'List the messages that simulated handsets received, newest first',
      description: [
        'Texts and Telegram messages. Requires a test key; a live key gets `insufficient_scope`.',
        ...SPECIALS,
      ].join('\n\n'),
      scope: 'read',
      query: HandsetQuery,
      answers: { 200: { description: 'The messages.', schema: SandboxMessages } },
    },
    async (context, { query }) => ({ status: 200, body: await sandboxMessages(context, query) }),
  )

  mount(
    {
      method: 'post',
      path: '/v1/sandbox/inbound',
      tag: 'Sandbox',
      operationId: 'callFromSandbox',
      summary: 'Call a number from a simulated handset',
      description:
        'For the channel `inbound_call`: the phone calls the number of `call_to`. An operator waits for 120 s; the number of the caller decides which verification the call belongs to. Requires a test key; a live key gets `insufficient_scope`.',
      scope: 'verify',
      body: InboundInput,
      answers: { 200: { description: 'What happened to the call.', schema: SandboxInbound } },
    },
    async (context, { body }) => ({ status: 200, body: await sandboxInbound(context, body) }),
  )
}
