import type { ClientContext } from '../../context.ts'
import type { AppError } from '../../errors.ts'
import { claimKey } from '../../idempotency/claim.ts'
import { settleKey } from '../../idempotency/settle.ts'
import { describeError } from '../../log.ts'
import { replayedAnswers } from '../../metrics.ts'
import type { Answer, HttpContext } from '../exchange.ts'
import { send, sendText } from '../send.ts'

/** Runs a request once for its Idempotency-Key; a repetition gets the first answer again. `text`: the body. */
export function createOnce(refuse: (c: HttpContext, thrown: unknown) => Response) {
  return async function once(
    c: HttpContext,
    context: ClientContext,
    { key, text }: { key: string; text: string },
    run: (resourceId?: string) => Promise<Answer>,
  ): Promise<Response> {
    const { url, method } = c.req
    const target = url.slice(url.indexOf('/', url.indexOf('//') + 2))
    const claim = await claimKey(context, { key, request: `${method}\n${target}\n${text}` })
    if (claim.kind === 'replay') {
      replayedAnswers.inc()
      const { status, headers, text } = claim.answer
      return sendText(c, status, { ...headers, 'idempotency-replayed': 'true' }, text)
    }
    const response = await answer(claim.claim.resourceId)
    const { sent } = c.get('exchange')
    if (sent) {
      await settleKey(context, claim.claim, sent).catch((error) => {
        // What was done is done, and is told; the key is free again in a minute.
        context.log.warn({ request_id: context.requestId, ...describeError(error) }, 'answer not kept')
      })
    }
    return response

    async function answer(resourceId: string): Promise<Response> {
      try {
        return send(c, await run(resourceId))
      } catch (thrown) {
        return refuse(c, thrown as AppError)
      }
    }
  }
}
