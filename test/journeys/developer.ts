import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import type { Place } from './place.ts'

/** Finds the operation, copies a call that works as it stands, and runs it on the page, too. */
export async function developer(place: Place): Promise<void> {
  const { stack } = place
  const { page, click, job } = await place.arrive({ permissions: ['clipboard-read', 'clipboard-write'] })
  const operation = page.locator('#startVerification')

  await page.goto('/docs')
  await job('copy a call that works', 2, async () => {
    await page.keyboard.press('/')
    await page.keyboard.type('start a verification')
    await page.locator('#found li').first().waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/docs/reference/verifications#startVerification')
    await page.locator('#key').fill(stack.testKey)
    const sample = operation.locator('div.sample.curl')
    await click(sample)
    await click(sample.locator('.copy'))
    await sample.getByText('Copied').waitFor()
  })
  const copied = await page.evaluate<string>('navigator.clipboard.readText()')
  const { stdout } = await promisify(execFile)('bash', ['-c', copied])
  const { id } = JSON.parse(stdout)
  expect((await stack.request('GET', `/v1/verifications/${id}`)).status).toBe(200)

  await job('run a call on its page', 2, async () => {
    await click(operation.getByRole('button', { name: 'Run it' }))
    await click(operation.locator('.try button'))
    await operation.locator('.result .status', { hasText: '201' }).waitFor()
  })
  await page.context().close()
}
