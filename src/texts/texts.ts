import type { Db } from '../db/client.ts'
import type { Caches } from '../process/caches.ts'
import { completeTexts, type OwnTexts } from './schemas.ts'

declare module '../context.ts' {
  interface App {
    texts: Texts
  }
}

declare module '../draft/draft.ts' {
  interface Slices {
    /** The tenant's texts. */
    texts: OwnTexts
  }
}

export type Texts = {
  /** The tenant's texts, at most a second old. */
  of(tenantId: string): Promise<OwnTexts>
}

export function createTexts({ db, caches }: { db: Db; caches: Caches }): Texts {
  return {
    of: caches.create(['texts'], async (tenantId) => {
      const [row] = await db.sql<{ fields: Record<string, unknown> }[]>`
        select fields from texts where tenant_id = ${tenantId}`
      return completeTexts(row?.fields ?? {})
    }),
  }
}
