import type { z } from 'zod'
import { getBalance } from '../../billing/balance.ts'
import type { companyState } from '../../providers/new-tel/wire.ts'
import { type DoorCall, findCall, listCalls } from '../calls.ts'
import type { DoorContext } from '../context.ts'
import { NO_CALL, refused, success, type Told } from './answers.ts'
import { fromCallId, numberOfVpbxId, toDetails, toVpbxCall, toVpbxId } from './rows.ts'

const DAY_MS = 24 * 3_600_000
/** An answer is signed as a whole, so it has a bound: the newest calls go beyond it. */
const CALLS_MOST = 20_000

/** `get-password-call-status`. */
export async function getStatus(context: DoorContext, callId: string | undefined): Promise<Told> {
  const call = await findCall(context, fromCallId(callId))
  return call ? success({ callDetails: toDetails(call) }) : NO_CALL
}

/** `call/get-vpbx-id`: once the call has been placed. */
export async function getVpbxId(context: DoorContext, callId: string | undefined): Promise<Told> {
  const call = await findCall(context, fromCallId(callId))
  const isPlaced = call?.attemptStatus && call.attemptStatus !== 'queued' && call.attemptStatus !== 'placing'
  return isPlaced ? success({ vpbxId: toVpbxId(call) }) : NO_CALL
}

/** `vpbx/get-call-details`. */
export async function getDetails(context: DoorContext, vpbxId: string | undefined): Promise<Told> {
  const call = await findCall(context, numberOfVpbxId(vpbxId))
  return call && toVpbxId(call) === vpbxId
    ? success({ callDetails: toVpbxCall(call) })
    : refused('Call not found')
}

/** `vpbx/get-calls`: those of the last 24 hours, oldest first. */
export async function getCalls(context: DoorContext): Promise<Told> {
  const span = { from: new Date(Date.now() - DAY_MS), to: new Date(Date.now() + DAY_MS) }
  const calls: DoorCall[] = []
  while (calls.length < CALLS_MOST) {
    const last = calls.at(-1)
    const page = await listCalls(context, last ? { ...span, after: last.number } : span)
    if (page.length === 0) break
    calls.push(...page)
  }
  // Messages, and calls that the person made, are of another door.
  return success({ calls: calls.filter(({ channel }) => channel === 'flash_call').map(toVpbxCall) })
}

type Spent = { day: bigint; month: bigint }

/** `company/get-state`: the tenant's balance, and what its calls have cost this day and month (UTC). */
export async function getState(context: DoorContext): Promise<Told> {
  const { db, actor } = context
  const [{ available, credit_limit }, [spent]] = await Promise.all([
    getBalance(context),
    db.sql<Spent[]>`
      select coalesce(sum(captured_micros) filter (where day = (now() at time zone 'utc')::date), 0)::bigint as day,
        coalesce(sum(captured_micros), 0)::bigint as month
      from daily_spend
      where tenant_id = ${actor.tenantId} and ${actor.livemode}
        and day >= date_trunc('month', now() at time zone 'utc')::date`,
  ])
  const credit = Number(credit_limit.amount)
  return success({
    state: {
      balance: round(Number(available.amount) - credit),
      credit,
      currency: available.currency,
      dayTrafficCost: Number(spent?.day ?? 0n) / 1e6,
      monthTrafficCost: Number(spent?.month ?? 0n) / 1e6,
      status: 'active',
    } satisfies z.input<typeof companyState> & { dayTrafficCost: number; monthTrafficCost: number },
  })
}

const round = (amount: number) => Math.round(amount * 1e6) / 1e6
