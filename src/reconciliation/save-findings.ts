import type { Tx } from '../db/client.ts'
import { newId } from '../values/ids.ts'
import { toAmount } from '../values/money.ts'
import type { Difference } from './compare.ts'

const BATCH = 500

/** Saves the differences that no earlier run found. Resolves to their number. */
export async function saveFindings(
  tx: Tx,
  run: { id: string; accountId: string },
  findings: readonly Difference[],
): Promise<number> {
  let count = 0
  for (let start = 0; start < findings.length; start += BATCH) {
    const rows = findings.slice(start, start + BATCH).map((finding) => ({
      id: newId(),
      kind: finding.kind,
      fingerprint: finding.fingerprint,
      attempt_id: finding.attemptId,
      verification_id: finding.verificationId,
      operator_row: finding.operatorRow,
      phone: finding.phone,
      at: finding.at,
      ours: finding.ours,
      theirs: finding.theirs,
      difference_micros: finding.differenceMicros.toString(),
      currency: finding.currency,
      state: finding.closes ? 'explained' : 'open',
      note: finding.closes ? closingNote(finding) : null,
    }))
    const saved = await tx`
      insert into reconciliation_findings (id, run_id, account_id, kind, fingerprint, attempt_id, verification_id, operator_row, phone, at,
        ours, theirs, difference_micros, currency, state, note, resolved_at, resolved_by)
      select id, ${run.id}, ${run.accountId}, kind, fingerprint, attempt_id, verification_id, operator_row, phone, at,
        ours, theirs, difference_micros, currency, state, note,
        case when state = 'explained' then now() end, case when state = 'explained' then 'system' end
      from json_to_recordset(${JSON.stringify(rows)}::json) as r (
        id uuid, kind text, fingerprint text, attempt_id uuid, verification_id uuid, operator_row text, phone text, at timestamptz, ours jsonb,
        theirs jsonb, difference_micros bigint, currency text, state text, note text)
      on conflict (account_id, fingerprint) do nothing returning id`
    count += saved.length
  }
  return count
}

function closingNote({ theirs, differenceMicros, currency }: Difference): string {
  return `The call was unknown; the operator’s record closed it as ${theirs.status} for ${toAmount(differenceMicros)} ${currency}.`
}
