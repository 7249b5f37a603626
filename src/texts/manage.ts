import { isDeepStrictEqual } from 'node:util'
import { appendTenantEvents } from '../audit/tenant-chain.ts'
import { author, type ClientContext } from '../context.ts'
import { requireSound } from './check.ts'
import { viewOf } from './preview.ts'
import { completeTexts, type OwnTexts, type TextsChanges, type TextsView } from './schemas.ts'

/** The tenant's texts, with previews. */
export async function getTexts(context: ClientContext): Promise<TextsView> {
  return viewOf(await read(context))
}

/** The texts as a change would leave them. Throws as the change would; saves nothing. */
export async function previewTexts(context: ClientContext, changes: TextsChanges): Promise<TextsView> {
  const after = withChanges(await read(context), changes)
  requireSound(after)
  return viewOf(after)
}

async function read({ db, actor }: ClientContext): Promise<OwnTexts> {
  const [row] = await db.sql<{ fields: Record<string, unknown> }[]>`
    select fields from texts where tenant_id = ${actor.tenantId}`
  return completeTexts(row?.fields ?? {})
}

/**
 * Changes the tenant's texts: in this process at once, in others within a second. The tenant's audit records
 * the old and new ones. Throws 422 if the result would not fit together.
 */
export async function updateTexts(context: ClientContext, changes: TextsChanges): Promise<TextsView> {
  const { db, actor } = context
  return context.caches.changing(['texts'], () =>
    db.sql.begin(async (tx) => {
      await tx`
        insert into texts (tenant_id, fields, updated_at) values (${actor.tenantId}, '{}', now())
        on conflict (tenant_id) do nothing`
      const [row] = await tx<{ fields: Record<string, unknown> }[]>`
        select fields from texts where tenant_id = ${actor.tenantId} for update`
      const before = completeTexts(row?.fields ?? {})
      const after = withChanges(before, changes)
      requireSound(after)
      await tx`
        update texts set fields = ${JSON.stringify(after)}::jsonb, updated_at = now()
        where tenant_id = ${actor.tenantId}`
      const changed = differences(before, after)
      if (changed.length > 0) {
        const event = { type: 'texts.changed', data: { changed } }
        await appendTenantEvents(tx, actor.tenantId, author(context), [event])
      }
      return viewOf(after)
    }),
  )
}

/** The texts after a change, not yet checked as a whole. */
function withChanges(before: OwnTexts, { sms, voice, ...fields }: TextsChanges): OwnTexts {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return {
    ...before,
    ...Object.fromEntries(given),
    sms: withTemplates(before.sms, sms),
    voice: withTemplates(before.voice, voice),
  }
}

function withTemplates(
  before: Record<string, string>,
  changes: Record<string, string | null> | null | undefined,
) {
  if (changes === null) return {}
  const all = Object.entries({ ...before, ...changes })
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null))
}

/** Every field and template that differs, with both values; null for one that is not set. */
function differences(before: OwnTexts, after: OwnTexts) {
  const [was, is] = [flat(before), flat(after)]
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((field) => !isDeepStrictEqual(was[field], is[field]))
    .map((field) => ({ field, from: was[field] ?? null, to: is[field] ?? null }))
}

function flat({ sms, voice, ...fields }: OwnTexts): Record<string, string | null> {
  const named = (kind: string, templates: Record<string, string>) =>
    Object.entries(templates).map(([language, template]) => [`${kind}.${language}`, template])
  return { ...fields, ...Object.fromEntries([...named('sms', sms), ...named('voice', voice)]) }
}
