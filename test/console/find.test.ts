import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { waitFor } from '../setup/wait.ts'
import { hasChromium, logIn } from './browser.ts'
import { type ConsoleTest, startConsole } from './support.ts'
import { createVisitor } from './visitor.ts'

describe('the search', () => {
  let own: TestHttp
  let cookie: string
  let visitor: ReturnType<typeof createVisitor>
  const ids: Record<string, string> = {}

  beforeAll(async () => {
    own = await startTestHttp()
    visitor = createVisitor(own)
    cookie = await visitor.newSession()
    const { secret: key } = await own.newKey()
    for (const [name, body] of Object.entries({
      anna: {
        phone: '+79243555101',
        reference: 'Order-4711/A',
        metadata: { user: 'Anna Müller', plan: '100%' },
      },
      boris: { phone: '+79031234567', reference: 'order-4712', metadata: { user: 'boris_b' } },
      kai: { phone: '+77011112233', reference: 'Заказ №9' },
    })) {
      const answer = await own.request('POST', '/v1/verifications', { key, body })
      ids[name] = answer.body.id
    }
  })
  afterAll(() => own.stop())

  /** Who the list shows for a text, and the page. */
  async function found(q: string, more = '') {
    const { text } = await visitor.visit(`/console/verifications?q=${encodeURIComponent(q)}${more}`, {
      cookie,
    })
    const shown = [...text.matchAll(/<th scope="row"[^>]*><a href="\/console\/verifications\/(ver_\w+)"/g)]
    const names = shown.map(([, id]) => Object.keys(ids).find((name) => ids[name] === id))
    return { names, text }
  }

  test.each([
    ['a whole phone', '+7 (924) 355-51-01', ['anna']],
    ['national notation', '8 924 355 51 01', ['anna']],
    ['the digits of another script', '٨ ٩٢٤ ٣٥٥ ٥١ ٠١', ['anna']],
    ['the end of a phone', '5101', ['anna']],
    ['the beginning of a phone', '+7924', ['anna']],
    ['a beginning without its plus', '790312', ['boris']],
    ['a beginning that several have', '+79', ['boris', 'anna']],
    ['a reference', 'order-4712', ['boris']],
    ['a part of a reference, in another case', 'ORDER-47', ['boris', 'anna']],
    ['a part in another script', 'заказ', ['kai']],
    ['a value of the metadata', 'anna mü', ['anna']],
    ['a percent sign as itself', '100%', ['anna']],
    ['an underscore as itself', 's_b', ['boris']],
    ['nothing that exists', 'zzz', []],
  ])('finds %s', async (_, q, names) => {
    expect((await found(q)).names).toEqual(names)
  })

  test('opens what a whole id names, and finds the beginning of one', async () => {
    const path = `/console/verifications/${ids.anna}`
    const byId = await visitor.visit(`/console/verifications?q=${ids.anna}`, { cookie })
    expect([byId.status, byId.headers.get('location')]).toEqual([303, path])
    const { body } = await own.request('GET', `/v1/verifications/${ids.anna}`, {
      key: (await own.newKey()).secret,
    })
    const byAttempt = await visitor.visit(`/console/verifications?q=${body.attempts_detail[0].id}`, {
      cookie,
    })
    expect(byAttempt.headers.get('location')).toBe(path)
    expect((await found(ids.anna?.slice(0, 30) ?? '')).names).toContain('anna')
  })

  test('keeps filters and order in the address, and in the file', async () => {
    expect((await found('', '&sort=oldest')).names).toEqual(['anna', 'boris', 'kai'])
    expect((await found('order', '&sort=oldest')).names).toEqual(['anna', 'boris'])
    const { text } = await found('order')
    const [, file = ''] = /href="(\/console\/verifications\.csv[^"]*)"/.exec(text) ?? []
    const lines = (await visitor.visit(file.replaceAll('&amp;', '&'), { cookie })).text.trim().split('\r\n')
    expect(lines.length).toBe(3)
  })
})

describe.skipIf(!hasChromium && !process.env.CI)('in a browser', () => {
  let own: ConsoleTest
  beforeAll(async () => {
    own = await startConsole()
  })
  afterAll(() => own?.stop())

  const begin = async (phone: string) =>
    (await own.stack.request('POST', '/v1/verifications', { body: { phone, channel: 'inbound_call' } })).body
      .id

  test('the list is live, waits while somebody reads, and is walked by keys', async () => {
    const page = await own.browser.open()
    await logIn(page, own.stack.testKey)
    await begin('+79243550001')
    await page.goto('/console/verifications')
    await page.getByText('Live', { exact: true }).waitFor()
    await begin('+79243550002')
    await page.getByRole('link', { name: '+79243550002' }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.press('ArrowDown')
    await page.getByText('Paused while you read').waitFor()
    await begin('+79243550003')
    const looked = page.waitForResponse((response) => response.url().includes('/console/verifications'))
    await page.keyboard.press('ArrowDown')
    expect(await page.locator(':focus').innerText()).toBe('+79243550001')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    await looked
    await page.getByRole('link', { name: '+79243550003' }).waitFor()
    await page.keyboard.type('+79243550001')
    await waitFor(async () => (await page.locator('tbody tr').count()) === 1, { what: 'one row' })
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: '+79243550001' }).waitFor()
  })

  test('a hidden tab holds no stream, and shows what it missed once it is looked at', async () => {
    const page = await own.browser.open()
    await logIn(page, own.stack.testKey)
    await page.goto('/console/verifications')
    await page.getByText('Live', { exact: true }).waitFor()
    const hide = (hidden: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`,
      )
    const closed = page.waitForEvent('requestfailed', (request) => request.url().includes('/news'))
    await hide(true)
    await closed
    await begin('+79243550004')
    await hide(false)
    await page.getByRole('link', { name: '+79243550004' }).waitFor()
  })

  test('a long, wide table scrolls within the page and keeps its head in view on a small phone', async () => {
    for (let i = 10; i < 18; i += 1) await begin(`+792435500${i}`)
    const page = await own.browser.open({ viewport: { width: 390, height: 300 } })
    await logIn(page, own.stack.testKey)
    await page.goto('/console/verifications')
    const [wide, head] = [page.locator('.wide'), page.locator('thead th').first()]
    await page.evaluate("document.querySelector('.wide').scrollTo(0, 100)")
    expect(await page.evaluate("document.querySelector('.wide').scrollTop")).toBe(100)
    const [around, shown] = [await wide.boundingBox(), await head.boundingBox()]
    expect(Math.abs((shown?.y ?? 0) - (around?.y ?? Number.NaN))).toBeLessThan(2)
    const root = 'document.documentElement'
    expect(await page.evaluate(`${root}.scrollWidth - ${root}.clientWidth`)).toBe(0)
  })
})
