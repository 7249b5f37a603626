import type { Context } from '../../src/context.ts'
import { type LiveAccount, openLive } from '../calls/live-accounts.ts'
import { startTestApp } from '../setup/app.ts'
import { jobOf, secondApp } from '../verifications/support.ts'
import { explainAll } from './explained.ts'

type Options = {
  /** Settings of the account that places every call. */
  settings: Record<string, unknown>
  generic: boolean
  /** Fills the database before any plan is read. */
  prepare(
    databaseUrl: string,
    live: Awaited<ReturnType<typeof openLive>>,
    account: LiveAccount,
  ): Promise<void>
}

/** A client and a worker on a database that reports the plan of each of their statements. */
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
    /** The job of the verification's first call. */
    firstCall: (id: string) => jobOf(test, id),
    async stop() {
      await told.close()
      await test.stop()
    },
  }
}

export type Stage = Awaited<ReturnType<typeof openStage>>
