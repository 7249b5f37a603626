import postgres from 'postgres'
import type { CallView } from '../../src/gateway/call.ts'
import { createSecrets } from '../../src/secrets.ts'
import type { Dialog, SipScene, Trunk } from './sip-scene.ts'

type Placed = {
  id: string
  phone: string
  verificationId: string
  status: string
  codeHash: Buffer | null
}

/**
 * Compares the trunk’s ledger, the gateway’s journal and our attempts: who was called, from which number, how it
 * ended. Returns every contradiction. `isLossy`: final replies may be lost on the way.
 */
export async function compareSipLedgers(
  { database, stack, journal }: SipScene,
  trunk: Trunk,
  { isLossy = false } = {},
): Promise<string[]> {
  const secrets = createSecrets(Buffer.from(stack.secretKey, 'base64'))
  const sql = postgres(database.url, { max: 1, onnotice: () => {} })
  const attempts = await sql<Placed[]>`
    select a.id, v.phone, a.verification_id as "verificationId", a.status, a.code_hash as "codeHash"
    from attempts a join verifications v on v.id = a.verification_id
    where a.account_id = ${trunk.uuid} and a.placing_at is not null`
  await sql.end()
  const calls = await journal(trunk)
  const dialogs = trunk.dialogs()
  const problems: string[] = []

  const isCodeOf = ({ verificationId, codeHash }: Placed, number: string | null) =>
    codeHash === null ||
    secrets.codeHashes(verificationId, number?.slice(-4) ?? '').some((hash) => hash.equals(codeHash))

  for (const attempt of attempts) {
    const { id, phone, status } = attempt
    const call = calls.find((each) => each.id === id)
    const [dialog, ...more] = dialogs.filter(({ to }) => to === phone)
    if (more.length > 0) problems.push(`${phone} was called ${more.length + 1} times`)
    if (!call) {
      if (dialog) problems.push(`${phone} was called, and the journal does not know it`)
      if (status !== 'unknown') problems.push(`${phone} is ${status}, and the journal does not know it`)
      continue
    }
    if (call.to !== phone) problems.push(`the call of ${phone} went to ${call.to}`)
    if (!isCodeOf(attempt, call.from)) problems.push(`${phone} was called from a number that is not its code`)
    if (!mayEndAs(call).includes(status)) {
      problems.push(`${phone} is ${status}, and the gateway says ${JSON.stringify(call.verdict)}`)
    }
    problems.push(...compareEnds(call, dialog, isLossy))
  }
  const ids = new Set(attempts.map(({ id }) => id))
  for (const { id } of calls) if (!ids.has(id)) problems.push(`the journal has ${id}, which nobody ordered`)
  const phones = new Set(attempts.map(({ phone }) => phone))
  for (const { to } of dialogs) if (!phones.has(to)) problems.push(`${to} was called, and nobody ordered it`)
  return problems
}

/** What an attempt may be, given how its call ended. A refusal may reach the worker as an answer or as a record. */
function mayEndAs({ verdict }: CallView): string[] {
  if (!verdict) return []
  if (verdict.unclear) return ['unknown']
  return verdict.refusal ? ['rejected', verdict.status] : [verdict.status]
}

function compareEnds(call: CallView, dialog: Dialog | undefined, isLossy: boolean): string[] {
  const { to, from, sip_status, alerted, verdict } = call
  if (!dialog)
    return verdict?.unclear ? [] : [`${to} was not called, and the gateway says ${verdict?.status}`]
  const problems: string[] = []
  if (dialog.from !== from) problems.push(`${to} saw another number than the journal has`)
  if (alerted && !dialog.rang) problems.push(`${to} did not ring, and the journal says that it did`)
  if (sip_status !== dialog.final && !(isLossy && sip_status === 0)) {
    problems.push(`${to} ended with ${dialog.final} there and ${sip_status} here`)
  }
  return problems
}
