import { z } from 'zod'
import { CHANNELS } from '../channels/channels.ts'
import { send } from '../providers/http.ts'
import { parseJson } from '../providers/read.ts'

const shared = { from: z.string(), to: z.string(), channel: z.enum(CHANNELS), at: z.string() }
const calls = z.object({ data: z.array(z.object({ ...shared, status: z.string() })) })
const messages = z.object({ data: z.array(z.object({ ...shared, text: z.string() })) })

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

async function read({ sandboxUrl, token, phone }: Handsets, what: string): Promise<unknown> {
  const sent = await send({
    baseUrl: sandboxUrl,
    segments: ['handset', what],
    query: phone === null ? {} : { phone },
    method: 'GET',
    headers: { authorization: `Bearer ${token}` },
    timeoutMs: 3_000,
    limitBytes: 8 * 1024 * 1024,
    allowPrivateTargets: true,
    isStopped: () => false,
  })
  return sent.kind === 'answer' ? parseJson(sent.text) : null
}
