import { afterAll, beforeAll, expect, it } from 'vitest'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'
import { createVisitor, pairs, type Visitor } from './visitor.ts'

let own: TestHttp
let visit: Visitor['visit']
let session: string

beforeAll(async () => {
  own = await startTestHttp()
  const visitor = createVisitor(own)
  visit = visitor.visit
  session = pairs((await visitor.logIn(ADMIN_KEY)).cookies)
})
afterAll(() => own.stop())

const TOKYO = 'ringproof_browser_zone=Asia%2FTokyo'

/** The first time on the page of keys: what a machine reads, what is shown, and its title. */
async function timeWith(...cookies: string[]) {
  const page = await visit('/console/keys', { cookie: [session, ...cookies].join('; ') })
  const [, iso = '', title = '', shown = ''] =
    /<time datetime="([^"]+)" title="([^"]+)">(.*?)<\/time>/.exec(page.text) ?? []
  return { iso, title, shown: shown.replace(/<[^>]*>/g, '') }
}

/** As people in a zone write it. */
const inZone = (iso: string, timeZone: string) =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(new Date(iso))

async function choose(zone: string): Promise<{ status: number; cookies: string[] }> {
  const { csrf } = await visit('/console', { cookie: session })
  return visit('/console/preferences', { cookie: session, form: { csrf, zone, back: '/console/keys' } })
}

it.each([
  ['without a known zone in UTC', [], 'UTC'],
  ['in the zone of the browser', [TOKYO], 'Asia/Tokyo'],
  ['in the chosen zone', [TOKYO, 'ringproof_zone=America/New_York'], 'America/New_York'],
  ['in UTC for a zone that nobody knows', ['ringproof_browser_zone=Mars%2FBase'], 'UTC'],
])('times are shown %s, with UTC as their title', async (_name, cookies, zone) => {
  const { iso, title, shown } = await timeWith(...cookies)
  expect(shown).toBe(inZone(iso, zone))
  expect(title).toBe(`${inZone(iso, 'UTC')} UTC`)
})

it('a zone is chosen by any of its names, forgotten, and refused if it does not exist', async () => {
  const chosen = await choose('asia/calcutta')
  expect(chosen.status).toBe(303)
  const { iso, shown } = await timeWith(TOKYO, pairs(chosen.cookies))
  expect(shown).toBe(inZone(iso, 'Asia/Kolkata'))
  expect((await choose('browser')).cookies.join()).toMatch(/ringproof_zone=; Max-Age=0/)
  expect((await choose('Mars/Base')).status).toBe(422)
})

it('files stay in UTC', async () => {
  const [plain, tokyo] = await Promise.all(
    [session, `${session}; ${TOKYO}`].map((cookie) => visit('/console/keys.csv', { cookie })),
  )
  expect(tokyo?.text).toBe(plain?.text)
  expect(tokyo?.text).toMatch(/\d{4}-\d\d-\d\dT[\d:.]+Z/)
})
