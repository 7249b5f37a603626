import { z } from 'zod'
import { CHANNELS } from '../channels/channels.ts'
import { type OperatorRequest, send } from '../providers/http.ts'
import { parseJson } from '../providers/read.ts'

const shared = { from: z.string(), to: z.string(), channel: z.enum(CHANNELS), at: z.string() }
const calls = z.object({
  data: z.array(z.object({ ...shared, status: z.string(), text: z.string().nullable() })),
})
const messages = z.object({ data: z.array(z.object({ ...shared, text: z.string() })) })

const inbound = z.object({ from: z.string(), to: z.string(), awaited: z.boolean() })

/** Which handsets: those of a tenant (`token`: the key of its sandbox accounts), with this phone or all. */
export type Handsets = { sandboxUrl: string; token: string; phone: string | null }

/** The calls that the handsets received, newest first. Null if the sandbox does not answer. */
export async function handsetCalls(handsets: Handsets) {
  return calls.safeParse(await read(handsets, 'calls')).data?.data ?? null
}

/** The texts and Telegram messages that the handsets received, newest first. Null as above. */
export async function handsetMessages(handsets: Handsets) {
  return messages.safeParse(await read(handsets, 'messages')).data?.data ?? null
}

/**
 * A handset calls a number (both E.164). `awaited`: whether an operator waited for this caller there. Null as
 * above.
 */
export async function callFromHandset(
  { sandboxUrl, token }: Omit<Handsets, 'phone'>,
  call: { from: string; to: string },
) {
  return (
    inbound.safeParse(
      await ask(sandboxUrl, token, { segments: ['inbound'], method: 'POST', body: JSON.stringify(call) }),
    ).data ?? null
  )
}

const read = ({ sandboxUrl, token, phone }: Handsets, what: string) =>
  ask(sandboxUrl, token, {
    segments: ['handset', what],
    query: phone === null ? {} : { phone },
    method: 'GET',
  })

async function ask(
  sandboxUrl: string,
  token: string,
  request: Pick<OperatorRequest, 'segments' | 'query' | 'method' | 'body'>,
): Promise<unknown> {
  const sent = await send({
    ...request,
    baseUrl: sandboxUrl,
    headers: { authorization: `Bearer ${token}` },
    timeoutMs: 3_000,
    limitBytes: 8 * 1024 * 1024,
    allowPrivateTargets: true,
    isStopped: () => false,
  })
  return sent.kind === 'answer' ? parseJson(sent.text) : null
}
