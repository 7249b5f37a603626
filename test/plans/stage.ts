import type { Context } from '../../src/context.ts'
import { type LiveAccount, openLive } from '../calls/live-accounts.ts'
import { startTestApp } from '../setup/app.ts'
import { jobOf, secondApp } from '../verifications/support.ts'
import { explainAll } from './explained.ts'

type Options = {
  /** Of the account that all calls go through. */
  settings: Record<string, unknown>
  generic: boolean
  /** Fills the database, before anything is explained. */
  prepare(
    databaseUrl: string,
    live: Awaited<ReturnType<typeof openLive>>,
    account: LiveAccount,
  ): Promise<void>
}

/** A client and a worker on a database of the test's choice that tells the plan of every statement of theirs. */
export async function openStage({ settings, generic, prepare }: Options) {
  const test = await startTestApp()
  const live = await openLive(test)
  const account = await live.newAccount('telefon-ip', settings)
  await live.newRoute('+7', account)
  await prepare(test.database.url, live, account)
  await explainAll(test.database.url, { generic })
  const { app: told, as } = secondApp(test)
  const worker: Context = { ...told, actor: { type: 'worker' }, requestId: null }
  return {
    test,
    account,
    told,
    worker,
    client: as(live.client),
    /** The verification's first call, as a job names it. */
    firstCall: (id: string) => jobOf(test, id),
    async stop() {
      await told.close()
      await test.stop()
    },
  }
}

export type Stage = Awaited<ReturnType<typeof openStage>>
