import type { Context } from '../context.ts'
import { labelled } from '../process/tracing.ts'
import {
  type CallRequest,
  type OperatorBalance,
  type OperatorRecords,
  type PlacedCall,
  type PlaceOutcome,
  ProviderFault,
  type RecordsQuery,
  type StatusOutcome,
} from '../providers/provider.ts'
import { publicId } from '../values/ids.ts'
import { inWords, say, type Words } from '../words/text.ts'
import { type Answered, type AskedFor, answerOf, countAnswer } from './answers.ts'
import type { RoutedAccount } from './routing.ts'

/** The operator of an account, as everything asks it: nothing is sent while the account is stopped. */
export type Operator = {
  /** Like `Provider.place`. */
  place(call: CallRequest): Promise<PlaceOutcome>
  /** Like `Provider.status`, or `hangUp` if nobody waits for the call (`isUnwanted`). */
  status(call: PlacedCall, options?: { isUnwanted?: boolean }): Promise<StatusOutcome>
  /** Like `Provider.records`. Throws `ProviderFault`, also for a stopped account. */
  records(query: RecordsQuery): Promise<OperatorRecords>
  /** Like `Provider.balance`. Throws `ProviderFault`, also for a stopped account. */
  balance(): Promise<OperatorBalance | null>
}

type Asked = Pick<RoutedAccount, 'provider' | 'account' | 'stop'>
type Parts = Pick<Context, 'routing' | 'stops'>

/**
 * Asks the operator of an account. An answer that says that the credentials are wrong stops the account: in this
 * process at once, in others within a second, and in all of them at once if the operator bans addresses.
 */
export function operatorOf({ routing, stops }: Parts, { provider, account, stop }: Asked): Operator {
  /** Learns what other processes were told: within a second or, where a second request means a ban, at once. */
  async function isStopped(): Promise<boolean> {
    const learns = stop && provider.stopShared ? stops.load(stop.key) : routing.account(account.id)
    // Without a database, what this process knows decides: a claimed call must have an outcome.
    await learns.catch(() => null)
    return account.isStopped()
  }
  const refused = (said: Words) => (stop ? stops.stop(stop, said) : Promise.resolve())
  const count = (request: AskedFor, answer: Answered) =>
    countAnswer(answer, { provider: provider.name, request, isLive: stop !== null })
  const fault = () => new ProviderFault('stopped', say('fault_stopped'))

  async function read<T>(request: AskedFor, ask: () => Promise<T>): Promise<T> {
    if (await isStopped()) throw fault()
    try {
      const answer = await ask()
      count(request, 'ok')
      return answer
    } catch (error) {
      count(request, error instanceof ProviderFault ? error.reason : 'fault')
      if (error instanceof ProviderFault && error.reason === 'unauthorized') await refused(error.words)
      throw error
    }
  }

  const { name } = provider
  const asking = <T>(operation: keyof Operator, ask: () => T): T =>
    labelled({ provider: name, account: publicId('account', account.id), operation }, ask)

  return {
    async place(call) {
      if (await isStopped()) return { kind: 'not_sent', detail: inWords('en', say('note_stopped')) }
      const outcome = await asking('place', () => provider.place(account, call))
      count('place', answerOf(outcome))
      if (outcome.kind === 'refused' && outcome.reason === 'unauthorized')
        await refused({ said: outcome.detail })
      return outcome
    },
    async status(call, { isUnwanted = false } = {}) {
      if (await isStopped())
        return { kind: 'fault', reason: 'stopped', detail: inWords('en', say('note_stopped')) }
      const ask = (isUnwanted && provider.hangUp) || provider.status
      const outcome = await asking('status', () => ask(account, call))
      count('status', answerOf(outcome))
      if ('reason' in outcome && outcome.reason === 'unauthorized') await refused({ said: outcome.detail })
      return outcome
    },
    records: (query) => read('records', () => asking('records', () => provider.records(account, query))),
    balance: () => read('balance', () => asking('balance', () => provider.balance(account))),
  }
}
