import type { Tx } from '../db/client.ts'

/**
 * Erases personal data from the deliveries of verifications, sent or not: they then carry what `GET` shows.
 * What receivers answered may quote it, and goes too. `replaced`: JSON with `id` and the new `phone` of each.
 */
export async function eraseDeliveries(tx: Tx, ids: readonly string[], replaced: string): Promise<void> {
  const [any] = await tx`
    select from webhook_deliveries where verification_id = any(${ids as string[]}::uuid[]) limit 1`
  if (!any) return
  await tx`
    update webhook_deliveries d set response_body = null, body = jsonb_set(d.body::jsonb, '{data,verification}',
      (d.body::jsonb #> '{data,verification}')
        || jsonb_build_object('phone', r.phone, 'reference', null, 'metadata', null,
          'attempts_detail', coalesce((
            select jsonb_agg(a || '{"carrier": null}') from jsonb_array_elements(d.body::jsonb #> '{data,verification,attempts_detail}') a), '[]')))::json
    from json_to_recordset(${replaced}::json) as r (id uuid, phone text)
    where d.verification_id = r.id and d.verification_id = any(${ids as string[]}::uuid[])`
}

/** Erases phones from deliveries about findings. `phones`: pairs of a phone and what replaces it. */
export async function eraseFindingDeliveries(
  tx: Tx,
  phones: readonly { phone: string; replacement: string }[],
): Promise<void> {
  await tx`
    update webhook_deliveries d
    set response_body = null, body = jsonb_set(d.body::jsonb, '{data,finding,phone}', to_jsonb(r.replacement))::json
    from json_to_recordset(${JSON.stringify(phones)}::json) as r (phone text, replacement text)
    where d.type = 'finding.created' and d.body #>> '{data,finding,phone}' = r.phone`
}
