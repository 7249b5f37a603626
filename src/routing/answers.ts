import { Counter } from '@prometheus-io/client'
import { registry, seriesBy } from '../process/metrics.ts'
import type { PlaceOutcome, ProviderFault, RefusalReason, StatusOutcome } from '../providers/provider.ts'

const answers = new Counter({
  name: 'ringproof_operator_answers_total',
  help: 'Requests to operators by what was answered; nothing is sent for a stopped account.',
  labelNames: ['answer', 'request', 'provider', 'mode'],
  registers: [registry],
})
const answersBy = seriesBy((...values) => answers.labels(...values))

export type AskedFor = 'place' | 'status' | 'records' | 'balance'

/**
 * `ok`; `refused_…`: the operator places no such call; `not_sent`: the request provably never left;
 * `unclear`: the phone may be ringing; the rest: why the answer to a query is missing or unreliable.
 */
export type Answered =
  | 'ok'
  | `refused_${RefusalReason}`
  | 'not_sent'
  | 'unclear'
  | ProviderFault['reason']
  | 'fault'

/** The class of the answer to a request for a call, or for its status. */
export function answerOf(outcome: PlaceOutcome | StatusOutcome): Answered {
  switch (outcome.kind) {
    case 'refused':
      return `refused_${outcome.reason}`
    case 'not_sent':
    case 'unclear':
      return outcome.kind
    case 'fault':
      return outcome.reason ?? 'fault'
    case 'final':
      return outcome.reason ?? 'ok'
    default:
      return 'ok'
  }
}

export function countAnswer(
  answer: Answered,
  { provider, request, isLive }: { provider: string; request: AskedFor; isLive: boolean },
): void {
  answersBy(answer, request, provider, isLive ? 'live' : 'test').inc()
}
