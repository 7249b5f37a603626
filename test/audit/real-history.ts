import { poll } from '../../src/calls/poll.ts'
import { sweep } from '../../src/calls/sweep.ts'
import type { Channel } from '../../src/channels/channels.ts'
import type { ClientContext } from '../../src/context.ts'
import { erasePhone } from '../../src/erasure/erase.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import type { CallStatus } from '../../src/providers/provider.ts'
import { publicId } from '../../src/values/ids.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { giveFeedback } from '../../src/verifications/feedback.ts'
import { next } from '../../src/verifications/next.ts'
import { retry } from '../../src/verifications/retry.ts'
import type { StartInput } from '../../src/verifications/schemas.ts'
import { NO_LIMITS } from '../billing/support.ts'
import type { TestApp } from '../setup/app.ts'
import {
  begin,
  dialled,
  endLifetime,
  letPauseEnd,
  newPhone,
  outcome,
  placeCalls,
  stored,
  uuidOf,
  wrongFor,
} from '../verifications/support.ts'
import { writeHistory } from './history.ts'

/** Longer ago than nearly all events of a verification come. */
const LONG_AGO_MS = 9 * 86_400_000

/** Their events are more than an export reads at once. */
const MANY = 60

type Place = {
  test: TestApp
  client: ClientContext
  /** The tenant whose simulated operators call: of a live key the first one. */
  serving: ClientContext
}

/** Verifications with every kind of end and some in progress, events of the tenant between them, and erased phones. */
export async function makeHistory(place: Place): Promise<void> {
  const { test, client } = place
  const { tenantId, livemode } = client.actor
  await updatePolicy(client, { ...NO_LIMITS, deny_prefixes: ['+7999'] })
  const from = new Date(Date.now() - LONG_AGO_MS)
  const old = await writeHistory(test, tenantId, { from, count: 3 }, (i) => ({
    reference: `order-${i % 2}`,
    livemode,
  }))
  for (const course of COURSES) await course(place)
  for (const { row } of old)
    await giveFeedback(client, { id: publicId('verification', row.id), reason: 'no_call' })
}

async function ring(place: Place, input: Partial<StartInput> = {}) {
  const { test, client, serving } = place
  const started = await begin(client, input)
  await placeCalls(test, started.id)
  const code = dialled(test, serving, started.phone).at(-1)?.code ?? ''
  return { ...started, code, wrong: wrongFor(code) }
}

/** The operator reports the end of the verification's calls. */
async function report(
  { test, serving }: Place,
  { id, phone }: { id: string; phone: string },
  end: CallStatus,
) {
  for (const call of dialled(test, serving, phone))
    call.course = { ...call.course, end, endsAfterMs: 0, reportedAfterMs: 0 }
  const { calls } = await stored(test, id)
  for (const call of calls) await poll(test.worker, { verification: uuidOf(id), attempt: call.id })
}

const COURSES: readonly ((place: Place) => Promise<unknown>)[] = [
  async (place) => {
    const { id, code, wrong } = await ring(place, { reference: 'order-1' })
    await outcome(confirm(place.client, { id, code: wrong }))
    await confirm(place.client, { id, code })
  },
  async (place) => {
    const { id, wrong } = await ring(place, { max_checks: 1 })
    await outcome(confirm(place.client, { id, code: wrong }))
  },
  // Several in one transaction, within the same millisecond.
  async ({ client }) => {
    const some = Array.from({ length: MANY }, () => begin(client, { reference: 'order-0' }))
    const started = await Promise.all(some)
    await Promise.all(started.slice(1).map(({ id }) => cancel(client, { id })))
  },
  async (place) => report(place, await ring(place), 'no_such_number'),
  // The first operator fails, the next one calls.
  async (place) => {
    const started = await ring(place, { phone: '+79000000005' })
    await placeCalls(place.test, started.id)
    await report(place, started, 'busy')
  },
  async (place) => {
    const { test, client } = place
    const { id } = await ring(place)
    await letPauseEnd(test, id)
    await retry(client, { id })
    await placeCalls(test, id)
    await endLifetime(test, id)
    await sweep(test.worker)
  },
  async (place) => {
    const workflow = (['flash_call', 'sms'] satisfies Channel[]).map((channel) => ({
      channel,
      wait_seconds: 45,
    }))
    const { id } = await ring(place, { workflow })
    await outcome(next(place.client, { id }))
    await placeCalls(place.test, id)
  },
  ({ client }) => outcome(begin(client, { phone: '+79991112233', reference: 'order-1' })),
  async (place) => {
    const { client } = place
    const phone = newPhone()
    await begin(client, { phone, reference: 'order-0' })
    await begin(client, { phone, reference: 'order-1' })
    await erasePhone(client, { phone })
    const erased = await ring(place)
    await report(place, erased, 'no_answer')
    await erasePhone(client, { phone: erased.phone })
  },
  async (place) => {
    await ring(place)
    await updatePolicy(place.client, { phone_pause_seconds: 1 })
    await begin(place.client)
  },
]
