import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium, logIn } from './browser.ts'
import { type ConsoleTest, startConsole } from './support.ts'

describe.skipIf(!hasChromium && !process.env.CI)('in a browser', () => {
  let own: ConsoleTest

  beforeAll(async () => {
    own = await startConsole()
  })
  afterAll(() => own?.stop())
  afterEach(() => {
    expect(own.browser.troubles.splice(0)).toEqual([])
  })

  const admin = async (options = {}) => {
    const page = await own.browser.open(options)
    await logIn(page, own.stack.adminKey)
    return page
  }
  const actFor = async (page: Page, tenant: string) => {
    await page.locator('.switch summary').click()
    await page.locator('.switch').getByRole('link', { name: tenant }).click()
    await page.locator('.acting', { hasText: tenant }).waitFor()
  }
  const topUp = async (page: Page, amount: string) => {
    await page.getByRole('link', { name: 'Billing', exact: true }).click()
    await page.getByRole('link', { name: 'Top-up', exact: true }).click()
    await page.getByLabel('Amount').fill(amount)
    await page.getByRole('button', { name: 'Show the new balance' }).click()
    await page.getByRole('button', { name: 'Post', exact: true }).click()
    await page.getByText('Posted.').waitFor()
    return page.locator('.figures').innerText()
  }

  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? 'with' : 'without'
    test(`${how} scripts, a tenant is created, gets a price and money, and two tabs keep two tenants`, async () => {
      const name = `Customer ${how} scripts`
      const first = await admin({ javaScriptEnabled })
      await first.goto('/console/tenants')
      await first.getByLabel('Name').fill(name)
      await first.getByRole('button', { name: 'Create a tenant' }).click()
      await first.getByRole('link', { name: 'Create a key' }).click()
      await first.locator('.acting', { hasText: name }).waitFor()
      await first.getByRole('link', { name: 'Prices' }).click()
      await first.getByLabel('Prefix').fill('+7')
      await first.getByLabel('Amount').fill('0.5')
      await first.getByRole('button', { name: 'Add a price' }).click()
      await first.getByText('Added.').waitFor()

      const other = await own.newTenant(`Other ${how} scripts`)
      const second = await first.context().newPage()
      await second.goto('/console/money')
      await actFor(second, `Other ${how} scripts`)
      expect(second.url()).toContain(`/for/${other}/money`)
      expect(await topUp(first, '100')).toContain('₽100.00')
      expect(await topUp(second, '7')).toContain('₽7.00')
      await first.reload()
      expect(await first.locator('.figures').innerText()).toContain('₽100.00')
      expect(await first.locator('.acting').innerText()).toContain(name)
      expect(await second.locator('.acting').innerText()).toContain(`Other ${how} scripts`)
      await second.getByRole('link', { name: 'Prices' }).click()
      await second.getByText('No prices yet').waitFor()
    })
  }

  test('a statement is printed without what belongs to the screen, and has its tenant and sums', async () => {
    const page = await admin()
    await page.goto('/console/money/statements')
    expect(await page.getByRole('button', { name: 'Print' }).isVisible()).toBe(true)
    await page.emulateMedia({ media: 'print' })
    for (const part of ['.top', '.side', '.tabs', 'main form', '[data-print]', 'main .button']) {
      for (const each of await page.locator(part).all()) expect(await each.isVisible(), part).toBe(false)
    }
    expect(await page.locator('main').innerText()).toMatch(
      /ten_[0-9a-f]{32}[\s\S]*Opening balance[\s\S]*Closing balance/,
    )
  })

  test('every page fits 390 pixels, in English and in Russian, also when it acts for a tenant', async () => {
    const name = 'A customer with quite a long name, in two parts'
    const tenant = await own.newTenant(name)
    const page = await admin({ viewport: { width: 390, height: 844 } })
    const paths = [
      'tenants',
      `tenants/${tenant}`,
      'prices',
      'costs',
      'quote?phone=%2B7924',
      'erasures',
      'money/postings',
      'money/statements',
    ]
    for (const next of ['Русский', 'English']) {
      for (const path of paths) {
        await page.goto(`/console/for/${tenant}/${path}`)
        await page.locator('.acting', { hasText: name }).waitFor()
        const width = await page.evaluate('document.documentElement.scrollWidth')
        expect(width, `${path} before ${next}`).toBeLessThanOrEqual(390)
      }
      await page.getByRole('button', { name: next }).click()
    }
  })
})
