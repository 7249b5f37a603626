import { z } from 'zod'
import { send } from '../providers/http.ts'
import { parseJson } from '../providers/read.ts'

const answer = z.object({
  data: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      channel: z.literal('flash_call'),
      at: z.string(),
      status: z.string(),
    }),
  ),
})

/**
 * The tenant's calls that the handset of a phone (E.164; null: every handset) received, newest first.
 * `token`: the key of the tenant's sandbox accounts. Null if the sandbox does not answer.
 */
export async function handsetCalls(
  sandboxUrl: string,
  token: string,
  phone: string | null,
): Promise<z.infer<typeof answer>['data'] | null> {
  const sent = await send({
    baseUrl: sandboxUrl,
    segments: ['handset', 'calls'],
    query: phone === null ? {} : { phone },
    method: 'GET',
    headers: { authorization: `Bearer ${token}` },
    timeoutMs: 3_000,
    limitBytes: 8 * 1024 * 1024,
    allowPrivateTargets: true,
  })
  return sent.kind === 'answer' ? (answer.safeParse(parseJson(sent.text)).data?.data ?? null) : null
}
