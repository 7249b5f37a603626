import { Histogram } from '@prometheus-io/client'
import { type Call, lockCalls } from '../billing/call.ts'
import type { Channel } from '../channels/channels.ts'
import type { App } from '../context.ts'
import { createGroup, type Group } from '../db/group-commit.ts'
import { useIndexPlans } from '../db/index-plans.ts'
import { inMonths } from '../db/partitions.ts'
import type { Transaction } from '../db/sql.ts'
import { committed } from '../draft/committed.ts'
import { type BareDraft, type Draft, newDraft, traceJobs } from '../draft/draft.ts'
import { addAttempts } from '../draft/lock.ts'
import { save } from '../draft/save.ts'
import { snapshot } from '../draft/snapshot.ts'
import { remembers } from '../idempotency/remember.ts'
import type { Breach } from '../limits/breach.ts'
import { type Asker, type Guesses, lockGuesses } from '../limits/guesses.ts'
import { mayUse } from '../limits/rules.ts'
import type { PolicyInForce } from '../limits/schemas.ts'
import { lockStarts, type StartCounters } from '../limits/start-counters.ts'
import { registry } from '../process/metrics.ts'
import { codeLengthsOf, type Served } from '../routing/routing.ts'
import { admit } from './admit.ts'
import { requireSameClock } from './clock.ts'
import { numberCalls } from './door-calls.ts'
import { lockLive, lockPhones, nameOf, type PhoneKey } from './live.ts'
import { newVerification, type Start } from './new-verification.ts'
import { presentVerification } from './present.ts'
import { saveRest } from './rest.ts'
import type { VerificationView } from './schemas.ts'

declare module '../context.ts' {
  interface App {
    starts: Starts
  }
}

/** The verification that a start created. `denied`: the rule that denied it before any call. */
export type Started = { verification: VerificationView; denied: Breach | null }

export type Starts = Group<Start, Started>

const groupSize = new Histogram({
  name: 'ringproof_start_group_size',
  help: 'Starts committed in one transaction.',
  buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
  registers: [registry],
})

type Parts = Pick<
  App,
  | 'db'
  | 'log'
  | 'queue'
  | 'secrets'
  | 'policies'
  | 'observations'
  | 'priceLists'
  | 'routing'
  | 'subscriptions'
>

/** A start with what is read before the transaction. */
type Entry = { start: Start; policy: PolicyInForce; served: Served }

/**
 * The group commit of starts. Starts for one phone wait for each other (locking the phone, then its older
 * verifications, then the counters) and are judged in order of arrival, so each sees the ones before it.
 */
export function createStarts(parts: Parts): Starts {
  const { db, secrets, policies, priceLists, routing, subscriptions } = parts
  return createGroup<Start, Started>('commit start', async (starts, traces) => {
    const subscribing = subscriptions.of(starts.map(({ tenantId }) => tenantId))
    const reading = Promise.all(
      starts.map(async (start): Promise<Entry> => {
        const [policy, served] = await Promise.all([
          policies.of(start.tenantId),
          routing.served({ ...start, phone: start.phone.e164 }, channelsOf(start)),
        ])
        return { start, policy, served }
      }),
    )
    const [subscribed, entries] = await Promise.all([subscribing, reading])
    const commit = async (tx: Transaction) => {
      const phones = new Map(starts.map((start) => [nameOf(keyOf(start)), keyOf(start)]))
      // Sent together; PostgreSQL takes the locks in this order.
      const [now, , found, { guesses, save: saveGuesses }, { starts: counters, save: saveCounters }] =
        await Promise.all([
          useIndexPlans(tx),
          lockPhones(tx, [...phones.keys()]),
          lockLive(tx, [...phones.values()]),
          lockGuesses(tx, secrets, entries.map(toAsker)),
          lockStarts(tx, secrets, starts),
        ])
      requireSameClock(
        parts,
        starts.map(({ id }) => id),
        now,
      )
      const older = found.map((row) => newDraft(now, { ...row }))
      await addAttempts(tx, older)
      const before = snapshot(older)
      const fresh = entries.map(({ start, policy: { policy }, served }) => ({
        ...newDraft(
          now,
          newVerification(
            now,
            start,
            codeLengthsOf([...served].filter(([channel]) => mayUse(policy, channel))),
          ),
        ),
        author: start.author,
      }))
      const all = [...older, ...fresh]
      const calls = await lockCalls(tx, priceLists, callersOf(fresh, starts), all)
      const live = new Map<string, readonly Draft[]>(
        Map.groupBy(older, ({ verification }) => nameOf(verification)),
      )
      const started = entries.map(({ start, served }, i): Started => {
        const phone = nameOf(keyOf(start))
        const draft = {
          ...(fresh[i] as BareDraft),
          guesses: guesses[i] as Guesses,
          starts: counters[i] as StartCounters,
          call: calls[i] as Call,
        }
        const admitted = admit(draft, start, live.get(phone) ?? [], served)
        traceJobs([draft, ...(live.get(phone) ?? [])], traces[i])
        live.set(phone, admitted.live)
        return {
          verification: presentVerification(draft.verification, draft.attempts),
          denied: admitted.denied,
        }
      })
      const done = starts.flatMap(({ claim }, i) => (claim ? [{ claim, result: started[i] }] : []))
      await tx.commit([
        ...save(tx, all, before),
        ...saveGuesses(),
        ...saveCounters(),
        ...saveRest(tx, all, subscribed),
        ...numberCalls(
          tx,
          starts.filter((_, i) => started[i]?.denied === null),
          now,
        ),
        ...remembers(tx, secrets, done),
      ])
      return { started, drafts: all, before }
    }
    const { started, drafts, before } = await inMonths(db.sql, () => db.sql.begin(commit))
    groupSize.observe(starts.length)
    committed(parts, drafts, before)
    return started
  })
}

const keyOf = ({ tenantId, livemode, phone }: Start): PhoneKey => ({ tenantId, livemode, phone: phone.e164 })

const toAsker = ({ start, policy }: Entry): Asker => ({
  ...keyOf(start),
  policy,
  requester: start.requester,
  range: start.phone.range,
})

const channelsOf = ({ steps }: Start): Channel[] => [...new Set(steps.map(({ channel }) => channel))]

const callersOf = (drafts: readonly BareDraft[], starts: readonly Start[]) =>
  drafts.map((purse, i) => ({ purse, channels: channelsOf(starts[i] as Start) }))
