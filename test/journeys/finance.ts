import type { Download } from 'playwright-core'
import { expect } from 'vitest'
import { logIn } from '../console/browser.ts'
import type { Place } from './place.ts'

const CUSTOMER = 'Night Pharmacy'

/** Acts for a customer: posts a payment, sets a price, and leaves with the month's statement, on paper and as a file. */
export async function finance(place: Place): Promise<void> {
  await place.newTenant(CUSTOMER)
  const scopes = ['read', 'billing', 'admin']
  const key = await place.newKey({ name: 'finance', livemode: true, scopes })
  const { page, click, job } = await place.arrive()
  const link = (name: string) => page.getByRole('link', { name, exact: true })
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  await page.addInitScript('window.print = () => document.documentElement.setAttribute("printed", "")')

  await logIn(page, key)
  await job('act for a customer', 2, async () => {
    await click(page.locator('.switch summary'))
    await click(page.locator('.switch').getByRole('link', { name: CUSTOMER }))
    await page.waitForURL('**/console/for/ten_*')
  })
  await job('post a payment', 4, async () => {
    await click(link('Billing'))
    await click(link('Top up or adjust'))
    await page.getByLabel(/^Amount/).fill('250')
    await page.getByLabel('Reference').fill('invoice 17')
    await click(button('Show the new balance'))
    await page.locator('main').getByText(CUSTOMER).first().waitFor()
    await click(button('Post'))
    await page.getByText('Posted.').waitFor()
  })
  await job('set the price of a customer', 2, async () => {
    await click(link('Prices'))
    await page.getByLabel('List').selectOption('This tenant')
    await page.getByLabel('Prefix').fill('+7924')
    await page.getByLabel('Amount').fill('0.35')
    await click(button('Add a price'))
    await page.getByText('Added. It applies within a second.').waitFor()
  })
  await link('What a call costs').click()
  await page.getByLabel('Phone or prefix').fill('+79243555100')
  await page.keyboard.press('Enter')
  await page.getByText('0.35').first().waitFor()

  await job('print the statement of the month', 3, async () => {
    await click(link('Billing'))
    await click(link('Statements'))
    await click(button('Print'))
    await page.locator('html[printed]').waitFor()
  })
  await page.emulateMedia({ media: 'print' })
  const paper = await page.locator('body').innerText()
  for (const told of [CUSTOMER, 'Opening balance', 'Closing balance', '250.00', 'invoice 17'])
    expect(paper).toContain(told)
  expect(paper).not.toContain('Log out')
  await page.emulateMedia({ media: 'screen' })
  await job('download the statement', 1, async () => {
    const file = page.waitForEvent('download')
    await click(link('Export CSV'))
    expect(await textOf(await file)).toContain('250.000000')
  })
  await page.context().close()
}

async function textOf(file: Download): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of await file.createReadStream()) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
