import postgres from 'postgres'
import { startChild } from '../../setup/child.ts'
import { type Bed, prepareBed } from '../bed.ts'
import { atLeast, type Figure, type Sample } from '../figure.ts'
import { expectOnly, measure, nextPhone, rateOf } from '../load.ts'
import { ROUNDS, scaled } from '../scale.ts'
import { deliveredVerifications } from '../seed.ts'
import { confirmLoad, startLoad } from './requests.ts'

const SECONDS = scaled(3)
const WARM_UP_SECONDS = scaled(6)

type Code = { phone: string; code: string }

/**
 * better-auth's phone-number plugin. `verify` checks a code that `send-otp` made for a known user, and opens a
 * session.
 */
type Peer = { sendOtp(seconds: number): Promise<Sample>; verify(seconds: number): Promise<Sample> }

/** Starts against `send-otp`: each answer is a code on its way. Confirms against `verify`: each uses one up. */
export async function peerFigures(): Promise<Figure[]> {
  const bed = await prepareBed({ redis: true, workers: 0 })
  const peer = await startPeer(bed)
  const start = async (seconds: number) => rateOf(expectOnly(201, await startLoad(bed, seconds)))
  const confirm = async (seconds: number, most: number) =>
    rateOf(await confirmLoad(bed, await deliveredVerifications(bed, most), bed.stack.testKey, seconds))
  try {
    await peer.sendOtp(WARM_UP_SECONDS)
    await start(WARM_UP_SECONDS)
    await peer.verify(SECONDS)
    const [starts, otps, confirms, verifies]: [Sample[], Sample[], Sample[], Sample[]] = [[], [], [], []]
    for (let round = 0; round < ROUNDS; round++) {
      otps.push(await peer.sendOtp(SECONDS))
      const started = await start(SECONDS)
      starts.push(started)
      verifies.push(await peer.verify(SECONDS))
      confirms.push(await confirm(SECONDS, Math.ceil(started.value * SECONDS * 3)))
    }
    return [
      atLeast('peers-start', 'starts/s', starts, otps, 4),
      atLeast('peers-confirm', 'confirms/s', confirms, verifies, 8),
    ]
  } finally {
    await peer.close()
    await bed.close()
  }
}

async function startPeer(bed: Bed): Promise<Peer & { close(): Promise<void> }> {
  await bed.app.db.sql`create database better_auth`
  const database = new URL(bed.databaseUrl)
  database.pathname = '/better_auth'
  const env = { PATH: process.env.PATH ?? '', DATABASE_URL: database.href }
  const server = await startChild('test/bench/better-auth.ts', env)
  const sql = postgres(database.href, { max: 1, onnotice: () => {} })
  const codes: Code[] = []

  const load = async (path: string, seconds: number, next: () => unknown) => {
    const measured = await measure({
      url: server.url ?? '',
      path: `/api/auth/phone-number/${path}`,
      next: () => ({ body: next() }),
      processes: { ...bed.processes, api: [server.pid] },
      seconds,
    })
    return rateOf(expectOnly(200, measured))
  }

  return {
    async sendOtp(seconds) {
      const sample = await load('send-otp', seconds, () => ({ phoneNumber: nextPhone() }))
      const sent = (await (await fetch(new URL('/sent', server.url ?? ''))).json()) as Code[]
      // A code without a user would be refused.
      await sql`
        insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt", "phoneNumber", "phoneNumberVerified")
        select phone, phone, phone || '@example.com', false, now(), now(), phone, false
        from json_to_recordset(${JSON.stringify(sent)}::text::json) as r (phone text)`
      codes.push(...sent)
      return sample
    },
    verify: (seconds) =>
      load('verify', seconds, () => {
        const { phone, code } = codes.pop() ?? { phone: 'no code is left', code: '' }
        return { phoneNumber: phone, code }
      }),
    async close() {
      await sql.end()
      await server.stop()
    },
  }
}
