import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startChild } from '../../setup/child.ts'
import { prepareBed } from '../bed.ts'
import { atLeast, type Figure, median } from '../figure.ts'
import { expectOnly, measure, nextPhone } from '../load.ts'
import { ROUNDS, scaled } from '../scale.ts'
import { startLoad } from './requests.ts'

const SECONDS = scaled(2)
const PACKAGES = fileURLToPath(new URL('../../../bench/', import.meta.url))

/**
 * Starts against better-auth's phone-number plugin, which sends a code: one answer of each is one code on its
 * way.
 */
export async function betterAuthFigures(): Promise<Figure[]> {
  install()
  const bed = await prepareBed({ redis: true, workers: 0 })
  try {
    await bed.app.db.sql`create database better_auth`
    const url = new URL(bed.databaseUrl)
    url.pathname = '/better_auth'
    const other = await startChild('bench/better-auth.ts', {
      PATH: process.env.PATH ?? '',
      DATABASE_URL: url.href,
    })
    const sendOtp = (seconds: number) =>
      measure({
        url: other.url ?? '',
        path: '/api/auth/phone-number/send-otp',
        next: () => ({ body: { phoneNumber: nextPhone() } }),
        seconds,
      })
    await startLoad(bed, 2)
    await sendOtp(2)
    const ours: number[] = []
    const theirs: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const one = await sendOtp(SECONDS)
      expectOnly(200, one)
      theirs.push(one.perSecond)
      const two = await startLoad(bed, SECONDS)
      expectOnly(201, two)
      ours.push(two.perSecond)
    }
    await other.stop()
    return [atLeast('vs-better-auth', 'starts/s', median(ours), median(theirs), 15)]
  } finally {
    await bed.close()
  }
}

/** Its packages are not the service's: they are installed once, in their own folder. */
function install(): void {
  if (existsSync(`${PACKAGES}node_modules/better-auth/package.json`)) return
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: PACKAGES,
    encoding: 'utf8',
    timeout: 120_000,
  })
  if (npm.status !== 0) {
    throw new Error(`better-auth could not be installed (npm ci in bench/): ${npm.error ?? npm.stderr}`)
  }
}
