import type { Context } from '../context.ts'
import { createAgents } from '../process/agents.ts'
import { describeError } from '../process/log.ts'
import { isRefusedLiteral } from '../process/targets.ts'
import { toOperatorPhone } from '../providers/telefon-ip/wire.ts'
import { parseId, publicId } from '../values/ids.ts'
import { ACTIVE_STATUSES, type VerificationStatus } from '../values/statuses.ts'
import type { DoorContext } from './context.ts'

const BATCH = 100
/** Until a client's server has answered; then another process may try. */
const TIMEOUT_MS = 10_000
const LEASE_SECONDS = 30
/** Pauses after the first tries, in seconds; then it is given up. */
const PAUSES = [5, 300, 1_800, 7_200]

type Due = {
  verificationId: string
  sealedUrl: Buffer
  tries: number
  number: number
  phone: string
  status: VerificationStatus
}

const agentFor = createAgents(TIMEOUT_MS)

const sealContext = (verificationId: string) => `notice ${verificationId}`

/**
 * Keeps the webhook that a client wants requested once the phone of a verification (public id) has called. A repeat
 * of the client after that changes nothing.
 */
export async function noteWebhook(
  { db, secrets }: DoorContext,
  verification: string,
  url: string,
): Promise<void> {
  const id = parseId('verification', verification)
  if (!id) throw new Error('not the id of a verification')
  await db.sql`
    insert into compat_notices (verification_id, sealed_url, due_at)
    select id, ${secrets.seal(url, sealContext(id))}, now() from verifications
    where id = ${id} and completed_at is null
    on conflict do nothing`
}

/**
 * Requests the webhooks of phones that have called: `?success=True&phone=8…&id=…` added to the client's address, as
 * telefon-ip does. At least once: again after 5 s, 5 min, 30 min and 2 h unless it is answered with 2xx.
 */
export async function deliverNotices(context: Context): Promise<void> {
  const due = await context.db.sql<Due[]>`
    with leased as (
      update compat_notices set due_at = now() + ${LEASE_SECONDS} * interval '1 second'
      where verification_id in (
        select verification_id from compat_notices where due_at <= now() order by due_at limit ${BATCH}
        for update skip locked)
      returning verification_id, sealed_url, tries)
    select leased.*, c.number, v.phone, v.status from leased
    join verifications v on v.id = leased.verification_id
    join compat_calls c on c.verification_id = leased.verification_id`
  await Promise.all(due.map((notice) => deliver(context, notice)))
}

async function deliver(context: Context, notice: Due): Promise<void> {
  const { verificationId, status, tries } = notice
  if (ACTIVE_STATUSES.some((active) => active === status)) return await wait(context, notice, 1, tries)
  const pause = PAUSES[tries]
  if (status !== 'approved' || (await ask(context, notice))) return await forget(context, notice)
  if (pause !== undefined) return await wait(context, notice, pause, tries + 1)
  context.log.warn({ verification: publicId('verification', verificationId) }, 'webhook of a door given up')
  await forget(context, notice)
}

/** Whether the client's server took it. */
async function ask({ secrets, config, log }: Context, notice: Due): Promise<boolean> {
  const { verificationId, sealedUrl, phone, number } = notice
  try {
    const url = new URL(secrets.open(sealedUrl, sealContext(verificationId)))
    url.searchParams.set('success', 'True')
    url.searchParams.set('phone', toOperatorPhone(phone) ?? phone)
    url.searchParams.set('id', String(number))
    if (!config.allowPrivateTargets && isRefusedLiteral(url.hostname)) return false
    const agent = await agentFor(config)
    const { statusCode, body } = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    await body.dump({ limit: 16_384 })
    return statusCode >= 200 && statusCode < 300
  } catch (error) {
    // A message may quote the address.
    const { error: name, code } = describeError(error)
    log.info(
      { verification: publicId('verification', verificationId), error: name, code },
      'webhook of a door failed',
    )
    return false
  }
}

async function wait({ db }: Context, { verificationId }: Due, seconds: number, tries: number): Promise<void> {
  await db.sql`
    update compat_notices set due_at = now() + ${seconds} * interval '1 second', tries = ${tries}
    where verification_id = ${verificationId}`
}

async function forget({ db }: Context, { verificationId }: Due): Promise<void> {
  await db.sql`delete from compat_notices where verification_id = ${verificationId}`
}
