import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { newPhone, placeCalls } from '../verifications/support.ts'
import { createVisitor } from './visitor.ts'

let own: TestHttp
beforeAll(async () => {
  own = await startTestHttp()
})
afterAll(() => own.stop())

/** Lets `act` run once, before the next statement that contains `part`. */
function before(part: string, act: () => Promise<unknown>) {
  const { db } = own.app
  const { sql } = db
  const run = ((strings: TemplateStringsArray, ...values: never[]) => {
    if (!strings.join('').includes(part)) return sql(strings, ...values)
    db.sql = sql
    return act().then(() => sql(strings, ...values))
  }) as unknown as typeof sql
  db.sql = Object.assign(run, sql)
}

test.each(['/console/try', '/console/verifications'])(
  'a page under %s that was read while the verification changed asks for what it missed',
  async (path) => {
    const { secret: key } = await own.newKey()
    const body = { phone: newPhone(), channel: 'inbound_call' }
    const { body: started } = await own.request('POST', '/v1/verifications', { key, body })
    const { visit, newSession } = createVisitor(own)
    const cookie = await newSession()
    const page = async () => (await visit(`${path}/${started.id}`, { cookie })).text
    const seen = (text: string) => /news\?seen=([\d.]+)/.exec(text)?.[1]
    before('v.audit_head as head_hash', () => placeCalls(own, started.id))
    const torn = await page()
    const whole = await page()
    expect(torn).not.toContain('+7 495 777')
    expect(whole).toContain('+7 495 777')
    expect(seen(torn)).toBeDefined()
    expect(seen(torn)).not.toBe(seen(whole))
  },
)
