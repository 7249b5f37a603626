import type { Claim, ClientContext } from '../../context.ts'
import type { AppError } from '../../errors.ts'
import type { Answer, HttpContext } from '../../exchange/exchange.ts'
import { send, sendText } from '../../exchange/send.ts'
import { claimKey } from '../../idempotency/claim.ts'
import type { Leases } from '../../idempotency/lease.ts'
import { settleKey } from '../../idempotency/settle.ts'
import { describeError } from '../../process/log.ts'
import { replayedAnswers } from '../../process/metrics.ts'

/**
 * Runs a request under its Idempotency-Key and replays the first response to a repeated one. `text`: the
 * body. `run` puts the claim into the verb's context; the verb stores its result with it.
 */
export function createOnce(leases: Leases, refuse: (c: HttpContext, thrown: unknown) => Response) {
  return async function once(
    c: HttpContext,
    context: ClientContext,
    { key, text }: { key: string; text: string },
    run: (claim: Claim) => Promise<Answer>,
  ): Promise<Response> {
    const { url, method } = c.req
    const target = url.slice(url.indexOf('/', url.indexOf('//') + 2))
    const claimed = await claimKey(context, { key, request: `${method}\n${target}\n${text}` })
    if (claimed.kind === 'replay') {
      replayedAnswers.inc()
      const { status, headers, text } = claimed.answer
      return sendText(c, status, { ...headers, 'idempotency-replayed': 'true' }, text)
    }
    const { claim } = claimed
    return leases.during(claim, async () => {
      const response = await answer(claim)
      const { sent } = c.get('exchange')
      if (sent) {
        await settleKey(context, claim, sent).catch((error) => {
          // The request took effect, so answer it; a repeated request finds the result once the claim has
          // lapsed.
          context.log.warn({ request_id: context.requestId, ...describeError(error) }, 'answer not kept')
        })
      }
      return response
    })

    async function answer(claim: Claim): Promise<Response> {
      try {
        return send(c, await run(claim))
      } catch (thrown) {
        return refuse(c, thrown as AppError)
      }
    }
  }
}
