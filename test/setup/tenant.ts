import { afterAll } from 'vitest'
import { startTestApp } from './app.ts'

/** A test app with one tenant, for every test of the file that awaits it; it stops after the last. */
export async function openTenant(options: Parameters<typeof startTestApp>[1] = {}) {
  const test = await startTestApp({}, options)
  afterAll(() => test.stop())
  return { test, client: await test.newTenant() }
}
