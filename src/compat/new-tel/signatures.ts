import type { Door } from '../../access/door.ts'
import type { App } from '../../context.ts'
import type { Db } from '../../db/client.ts'
import { isRightSignature, readBearer } from '../../providers/new-tel/signature.ts'
import type { Doors } from '../doors.ts'

/** How far the time of a request may be off ("±10 минут"). */
const CLOCK_MS = 10 * 60_000
const KEPT_MINUTES = 21
const ROWS_MAX = 5000

/** What a request is signed with; its answer is signed likewise. */
export type Signing = { method: string; time: string; accessKey: string; signKey: string }
export type Opened = { door: Door; signing: Signing }

type Request = {
  authorization: string | undefined
  method: string
  content: Buffer
  address(): string | null
}

/**
 * Opens the door to a signed request. `method`: the path of the operator's method; `content`: the exact bytes of the
 * body. A text says why it stays shut. A signature opens it once, in whichever process.
 */
export async function open(
  app: Pick<App, 'db'>,
  doors: Doors,
  { authorization, method, content, address }: Request,
): Promise<Opened | string> {
  const bearer = readBearer(/^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]?.toLowerCase() ?? '')
  const { accessKey = '', time = '', signature = '' } = bearer ?? {}
  const door = await doors.authenticate({ facade: 'new-tel', credential: accessKey, address })
  if (!door?.signKey) return 'Unauthorized'
  const signing = { method, time, accessKey, signKey: door.signKey }
  if (!isRightSignature(signature, { ...signing, content })) return 'Wrong signature'
  if (Math.abs(Number(time) * 1_000 - Date.now()) > CLOCK_MS) return 'Timestamp out of range'
  const isNew = await take(app.db, signature)
  return isNew ? { door, signing } : 'Signature already used'
}

async function take({ sql }: Pick<Db, 'sql'>, signature: string): Promise<boolean> {
  const rows = await sql`
    insert into compat_signatures (signature) values (${Buffer.from(signature, 'hex')})
    on conflict do nothing returning signature`
  return rows.length > 0
}

/** Deletes up to 5000 signatures whose time is past. Resolves to the number deleted. */
export async function forgetSignatures({ sql }: Pick<Db, 'sql'>): Promise<number> {
  const deleted = await sql`
    delete from compat_signatures where ctid = any(array(
      select ctid from compat_signatures
      where created_at < now() - ${KEPT_MINUTES} * interval '1 minute'
      order by created_at limit ${ROWS_MAX} for update skip locked))`
  return deleted.count
}
