import { moneyFacts } from '../billing/charge.ts'
import type { Channel } from '../channels/channels.ts'
import { type Draft, record } from '../draft/draft.ts'
import { type Breach, deniedByHook, noRoute } from '../limits/breach.ts'
import { judgeAndCount } from '../limits/judge.ts'
import { LIVE_PER_PHONE_MAX } from '../limits/phone-rules.ts'
import { explain } from '../limits/refusal.ts'
import { isSame } from '../limits/requester.ts'
import type { Served } from '../routing/routing.ts'
import { publicId } from '../values/ids.ts'
import { isCheckedByClient } from './client-code.ts'
import type { Start } from './new-verification.ts'
import { cancel, expire, isOverdue } from './state.ts'
import { beginCall, mayPass, recordSkipped, type Skipped } from './step.ts'

/** A new verification with the slices that judging it needs. */
export type StartDraft = Draft<'guesses' | 'starts' | 'call'>

/**
 * The live verifications of a phone when a start arrives: those that admitting it ends, and those that stay
 * live.
 */
type Beside = { ending: Draft[]; staying: Draft[] }

/**
 * Admits a start and queues its first call, or denies it. `live`: the unfinished verifications of the phone.
 * `served`: the channels that have a route to the phone. Returns the rule that denied the start, and what is
 * live for the phone afterwards.
 */
export function admit(
  draft: StartDraft,
  start: Start,
  live: readonly Draft[],
  served: Pick<Served, 'has' | 'tooGuessable'>,
): { denied: Breach | null; live: readonly Draft[] } {
  const beside = divide(draft, start, live)
  const { denied, channel } = judge(draft, start, beside, served)
  if (denied) return { denied, live }
  for (const each of beside.ending) supersede({ ...each, author: start.author })
  beginCall(draft, channel)
  return { denied, live: [...beside.staying, draft] }
}

/**
 * Overdue verifications end, and the live one of the same requester. If strangers hold all places, a known
 * requester replaces the oldest.
 */
function divide({ guesses }: StartDraft, { requester }: Start, live: readonly Draft[]): Beside {
  const current = live.filter((draft) => !isOverdue(draft))
  const own = current.find(({ verification }) => isSame(requester, verification.requester))
  const isFull = current.length >= LIVE_PER_PHONE_MAX
  const replaced = own ?? (isFull && guesses.familiar.requester ? current[0] : undefined)
  const staying = current.filter((draft) => draft !== replaced)
  return { ending: live.filter((draft) => !staying.includes(draft)), staying }
}

const firstEnd = (live: readonly Draft[], now: Date) =>
  Math.ceil((Math.min(...live.map((each) => each.verification.expiresAt.getTime())) - now.getTime()) / 1000)

function supersede(previous: Draft): void {
  if (isOverdue(previous)) expire(previous)
  else cancel(previous, 'superseded')
}

/** Refusals of one channel; another may be admitted. */
const OF_CHANNEL: ReadonlySet<Breach['rule']> = new Set([
  'no_route',
  'allow_channels',
  'balance',
  'spend_per_day',
])

/**
 * Judges a start by the policy: it begins with its first step that nothing refuses. A denied start leaves only
 * a `denied` verification, with the refusal that helps most: the first that passes with time or money, else the
 * first.
 */
function judge(
  draft: StartDraft,
  start: Start,
  { ending, staying }: Beside,
  served: Pick<Served, 'has' | 'tooGuessable'>,
): { denied: Breach | null; channel: Channel } {
  const { verification, now } = draft
  noteDecision(draft, start)
  if (start.hook?.action === 'deny') {
    return { denied: deny(draft, start, deniedByHook(start.hook)), channel: verification.channel }
  }
  const beside = { count: staying.length, freeInSeconds: firstEnd(staying, now) }
  const skipped: Skipped[] = []
  for (const [index, { channel }] of start.steps.entries()) {
    verification.step = index
    verification.channel = channel
    const { denied, observed } = served.has(channel)
      ? judgeAndCount(draft, { ...start, channel }, moneyFacts(draft, channel, ending), beside)
      : { denied: noRoute(start.phone, served.tooGuessable?.has(channel) ?? false), observed: [] }
    if (!denied) {
      record(draft, 'verification.created', factsOf(draft, start, observed))
      noteOwnCode(draft, start)
      recordSkipped(draft, skipped)
      return { denied, channel }
    }
    skipped.push({ index, channel, breach: denied })
    if (!OF_CHANNEL.has(denied.rule)) return { denied: deny(draft, start, denied, observed), channel }
  }
  const named = skipped.find(({ breach }) => mayPass(breach)) ?? skipped[0]
  if (!named) throw new Error('a start has at least one step')
  verification.step = named.index
  verification.channel = named.channel
  return { denied: deny(draft, start, named.breach), channel: named.channel }
}

/** What the hook decided; `channel`: the one that it chose. */
function noteDecision(draft: Draft, { hook }: Start): void {
  if (!hook) return
  const { action, channel, reason, failure, milliseconds } = hook
  record(draft, 'hook.answered', {
    action,
    ...(channel ? { channel } : {}),
    ...(reason ? { reason } : {}),
    ...(failure ? { failure } : {}),
    milliseconds,
  })
}

/** The audit says who knows a code, also where the client chose it. */
function noteOwnCode(draft: Draft, { door }: Start): void {
  if (!door?.code) return
  const credential = publicId('compat', door.credentialId)
  record(draft, 'code.disclosed', { credential, ...(door.code.isOwn ? { chosen_by: 'client' } : {}) })
}

function deny(draft: StartDraft, start: Start, breach: Breach, observed: readonly Breach[] = []): Breach {
  draft.verification.status = 'denied'
  draft.verification.completedAt = draft.now
  draft.verification.sealedCode = null
  record(draft, 'verification.denied', { ...factsOf(draft, start, observed), ...explain(breach) })
  return breach
}

function factsOf(
  { guesses: { counter, familiar, standing }, verification }: StartDraft,
  start: Start,
  observed: readonly Breach[],
): Record<string, unknown> {
  return {
    phone: counter.phoneKey.toString('hex'),
    channel: verification.channel,
    ...(start.isWorkflow ? { workflow: start.steps } : {}),
    ttl_seconds: start.ttlSeconds,
    max_checks: start.maxChecks,
    ...(isCheckedByClient(verification) ? { checked_by: 'client' } : {}),
    ...(start.requester ? { requester: familiar.requester ? 'known' : 'unknown' } : {}),
    ...(standing ? { standing } : {}),
    ...(observed.length > 0 ? { observed: observed.map(explain) } : {}),
  }
}
