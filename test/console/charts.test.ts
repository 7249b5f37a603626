import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { fill } from '../../scripts/screenshots/fill.ts'
import { GROUPINGS } from '../../src/statistics/schemas.ts'
import { waitFor } from '../setup/wait.ts'
import { hasChromium, logIn } from './browser.ts'
import { type ConsoleTest, startConsole } from './support.ts'

describe.skipIf(!hasChromium && !process.env.CI)('in a browser', () => {
  let own: ConsoleTest

  beforeAll(async () => {
    own = await startConsole()
    await fill(own.stack, own.database.url)
  }, 120_000)
  afterAll(() => own?.stop())
  afterEach(() => {
    expect(own.browser.troubles.splice(0)).toEqual([])
  })

  async function open(path: string, options: Parameters<ConsoleTest['browser']['open']>[0] = {}) {
    const page = await own.browser.open({ locale: 'en-GB', ...options })
    await logIn(page, own.stack.adminKey)
    await page.goto(path)
    return page
  }

  /** How many rows the list has, with all its pages. */
  async function rowsOf(page: Page): Promise<number> {
    let count = await page.locator('#results tbody tr').count()
    const older = page.locator('a[rel=next]')
    while ((await older.count()) > 0) {
      const before = page.url()
      await older.click()
      await page.waitForURL((url) => url.href !== before)
      count += await page.locator('#results tbody tr').count()
    }
    return count
  }

  const startedOf = (title: string) => Number(/: ([\d,]+) started/.exec(title)?.[1]?.replace(',', ''))

  test('a column leads to as many verifications as it shows, on both pages, at every width', async () => {
    for (const path of ['/console?span=days', '/console/statistics']) {
      const page = await open(path, { viewport: { width: 390, height: 800 } })
      const column = page.locator('.columns a', { has: page.locator('.good') }).nth(3)
      const title = await column.locator('title').innerHTML()
      await column.locator('.hit').click()
      await page.waitForURL(/console\/verifications\?/)
      expect(startedOf(title)).toBeGreaterThan(9)
      expect([path, await rowsOf(page)]).toEqual([path, startedOf(title)])
    }
  })

  test('a row of the chart leads to its verifications; a filter of the list can be taken off', async () => {
    const page = await open('/console/statistics')
    await page.getByLabel('Group by').selectOption('Operator')
    await page.getByRole('button', { name: 'Show' }).click()
    const bar = page.locator('.rows a', { hasText: 'telefon-ip' })
    const title = (await bar.getAttribute('title')) ?? ''
    await bar.click()
    await page.getByText('telefon-ip').waitFor()
    expect(await rowsOf(page)).toBe(startedOf(title))
    await page.getByRole('link', { name: 'Remove the filter telefon-ip' }).click()
    await page.waitForURL((url) => !url.searchParams.has('provider') && url.searchParams.has('from'))
  })

  test('the height of a column is its value on the axis', async () => {
    const page = await open('/console/statistics')
    const top = Number(await page.locator('.scale span').first().innerText())
    const plot = (await page.locator('.columns .grid').last().boundingBox())?.y ?? 0
    const height = plot - ((await page.locator('.columns .grid').first().boundingBox())?.y ?? 0)
    for (const column of await page.locator('.columns a').all()) {
      const started = startedOf(await column.locator('title').innerHTML())
      const parts = await column.locator('rect:not(.hit)').all()
      const boxes = await Promise.all(parts.map((part) => part.boundingBox()))
      const drawn = boxes.reduce((sum, box) => sum + (box?.height ?? 0), 0)
      expect(Math.abs(drawn - (started / top) * height)).toBeLessThan(2)
    }
  })

  test('no page is wider than a phone, in either language', async () => {
    for (const locale of ['en-GB', 'ru-RU']) {
      const page = await open('/console', { locale, viewport: { width: 390, height: 800 } })
      for (const path of [
        '/console',
        '/console?span=days',
        '/console/verifications?status=started&carrier=A+network+with+a+very+long+name+indeed',
        ...GROUPINGS.map((group) => `/console/statistics?group_by=${group}`),
      ]) {
        await page.goto(path)
        const over = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
        expect([path, await page.evaluate(over)]).toEqual([path, 0])
      }
    }
  })

  test('the last five minutes change as verifications start and end; the rest of the page stays', async () => {
    const page = await own.browser.open({ locale: 'en-GB' })
    await logIn(page, own.stack.testKey)
    await page.goto('/console')
    const figure = (name: string) => page.locator('[data-part=recent] div', { hasText: name }).locator('dd')
    const before = Number(await figure('Approved').innerText())
    await page.evaluate("document.getElementById('today').dataset.mark = 'same page'")
    const phone = '+79243557001'
    const { body } = await own.stack.request('POST', '/v1/verifications', { body: { phone } })
    const confirm = async () => {
      const calls = await own.stack.request('GET', `/v1/sandbox/calls?phone=${encodeURIComponent(phone)}`)
      const code = calls.body.data[0]?.from.slice(-4)
      const answer = await own.stack.request('POST', `/v1/verifications/${body.id}/confirm`, {
        body: { code },
      })
      return answer.status === 200
    }
    await waitFor(confirm, { timeoutMs: 20_000 })
    await waitFor(async () => Number(await figure('Approved').innerText()) === before + 1, {
      timeoutMs: 20_000,
    })
    expect(await page.locator('[data-mark]').count()).toBe(1)
  })

  test('without scripts the overview shows the last five minutes, and the form of the statistics works', async () => {
    const page = await open('/console', { javaScriptEnabled: false })
    await page.getByRole('heading', { name: 'Last five minutes' }).waitFor()
    expect(await page.locator('[data-part=recent] dd').count()).toBe(3)
    await page.getByRole('link', { name: 'By prefix' }).click()
    await page.getByRole('heading', { name: 'By prefix' }).waitFor()
    await page.getByLabel('From').fill('2020-01-01')
    await page.getByLabel('To (UTC)').fill('2020-01-02')
    await page.getByRole('button', { name: 'Show' }).click()
    await page.getByText('No verifications in this period.').waitFor()
  })
})
