import type { App } from '../../context.ts'
import type { Sql } from '../../db/client.ts'
import type { auditCheckpoints } from '../../db/schema/index.ts'
import { checkStatement } from '../../signing/statement.ts'
import { CHAIN_START } from '../chain.ts'
import { hashOfHour, LEAF_BYTES, type Leaf, readLeaf } from '../checkpoints/leaves.ts'
import { claimsOf, HOUR_MS } from '../checkpoints/seal.ts'
import type { Findings } from './report.ts'

export type Checkpoint = typeof auditCheckpoints.$inferSelect

const BATCH = 200

/** Checkpoints with hours in a span, oldest first. */
export async function* checkpointsOf(
  sql: Sql,
  { from, to }: { from: Date | null; to: Date | null },
): AsyncIterable<Checkpoint> {
  const since = from ? sql`and hour > ${new Date(from.getTime() - HOUR_MS)}` : sql``
  const until = to ? sql`and hour <= ${to}` : sql``
  for (let after = 0; ; ) {
    const rows = await sql<(Checkpoint & { number: unknown; events: unknown })[]>`
      select * from audit_checkpoints where number > ${after} ${since} ${until} order by number limit ${BATCH}`
    for (const row of rows) yield { ...row, number: Number(row.number), events: Number(row.events) }
    const last = rows.at(-1)
    if (!last || rows.length < BATCH) return
    after = Number(last.number)
  }
}

/** The leaves of a checkpoint in order, with their bytes as hashed. */
export async function* leavesOf(sql: Sql, checkpointId: string): AsyncIterable<Leaf & { bytes: Buffer }> {
  for (let part = -1; ; ) {
    const [row] = await sql<{ part: number; leaves: Buffer }[]>`
      select part, leaves from audit_checkpoint_leaves where checkpoint_id = ${checkpointId} and part > ${part}
      order by part limit 1`
    if (!row) return
    for (let at = 0; at < row.leaves.length; at += LEAF_BYTES) {
      const bytes = row.leaves.subarray(at, at + LEAF_BYTES)
      yield { ...readLeaf(bytes), bytes }
    }
    part = row.part
  }
}

/** Checks checkpoints one after another: numbers, hours, hashes, leaves, signatures. */
export class CheckpointCheck {
  readonly #app: Pick<App, 'db' | 'secrets'>
  readonly #findings: Findings
  #last: Checkpoint | null = null
  /** The first of the checkpoints that no checkpoint signed by an accepted key follows. */
  #unvouched: Checkpoint | null = null
  #unvouchedCount = 0
  count = 0

  constructor(app: Pick<App, 'db' | 'secrets'>, findings: Findings) {
    this.#app = app
    this.#findings = findings
  }

  get last(): Checkpoint | null {
    return this.#last
  }

  /** Checks a checkpoint against the previous one. `isPartial`: the check skips earlier checkpoints. */
  async take(checkpoint: Checkpoint, isPartial: boolean): Promise<void> {
    const last = this.#last
    const { number, hour, prevHash } = checkpoint
    if (last && (number !== last.number + 1 || hour.getTime() !== last.hour.getTime() + HOUR_MS)) {
      const missing = new Date(last.hour.getTime() + HOUR_MS)
      this.#report(missing, `checkpoint ${last.number + 1} is missing`)
    } else if (!last && !isPartial && number !== 1) {
      this.#report(hour, `the checkpoints before ${number} are missing`)
    } else if (!isPartial || last) {
      if (!prevHash.equals(last?.hash ?? CHAIN_START))
        this.#report(hour, `checkpoint ${number} does not follow the previous one`)
    }
    await this.#checkSignature(checkpoint)
    await this.#checkLeaves(checkpoint)
    this.#last = checkpoint
    this.count += 1
  }

  /** Reports checkpoints at the end that no accepted key vouches for. */
  end(): void {
    if (this.#unvouched) {
      const { hour, kid } = this.#unvouched
      const detail = `the last ${this.#unvouchedCount} checkpoint(s) are signed by an unknown key (${kid}), and no later checkpoint vouches for them: add the SECRET_KEY of that key to SECRET_KEY_OLD`
      this.#report(hour, detail)
    }
  }

  async #checkSignature(checkpoint: Checkpoint): Promise<void> {
    const { signature, number, hour } = checkpoint
    const checked = await checkStatement(this.#app, 'ringproof-checkpoint', signature)
    if (checked.kind === 'unknown key') {
      this.#unvouched ??= checkpoint
      this.#unvouchedCount += 1
      return
    }
    const said = checked.kind === 'signed' ? checked.claims : {}
    const isSame = Object.entries(claimsOf(checkpoint)).every(([name, value]) => said[name] === value)
    if (!isSame) this.#report(hour, `checkpoint ${number} does not match its signature`)
    else {
      this.#unvouched = null
      this.#unvouchedCount = 0
    }
  }

  async #checkLeaves({ id, number, hour, prevHash, hash }: Checkpoint): Promise<void> {
    const sum = hashOfHour(prevHash, { number, hour })
    for await (const { bytes } of leavesOf(this.#app.db.sql, id)) {
      sum.update(bytes)
    }
    if (!sum.digest().equals(hash))
      this.#report(hour, `the leaves of checkpoint ${number} do not match its hash`)
  }

  #report(at: Date, detail: string): void {
    this.#findings.add({ what: 'checkpoint', at, detail })
  }
}
