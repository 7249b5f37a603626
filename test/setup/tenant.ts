import { afterAll } from 'vitest'
import { startTestApp } from './app.ts'

/** A test app with one tenant, for every test of the file that awaits it; it stops after the last. */
export async function openTenant() {
  const test = await startTestApp()
  afterAll(() => test.stop())
  return { test, client: await test.newTenant() }
}
