import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { waitFor } from '../setup/wait.ts'
import { buildSdk } from './built.ts'
import { newPhone, openSdk, PATIENT, type Sdk } from './service.ts'

const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`

let test: Sdk
let environment: Record<string, string>
const folder = mkdtempSync(join(tmpdir(), 'ringproof-examples-'))
beforeAll(async () => {
  test = await openSdk()
  const { secret, tenant } = await test.newKey(['verify', 'read'])
  environment = {
    RINGPROOF_URL: test.stack.url,
    RINGPROOF_KEY: secret,
    RINGPROOF_TENANT: tenant,
    RINGPROOF_WEBHOOK_SECRET: WEBHOOK_SECRET,
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const wrongOf = (code: string) => String(9999 - Number(code)).padStart(4, '0')

/** A webhook as Ringproof sends it, signed by `secret`. */
function webhook(secret = WEBHOOK_SECRET): RequestInit {
  const body = JSON.stringify({ type: 'webhook.test', timestamp: '', data: { endpoint: 'whe_1' } })
  const at = new Date()
  const headers = {
    'content-type': 'application/json',
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign('evt_1', at, body),
  }
  return { method: 'POST', headers, body }
}
const FORGED = `whsec_${Buffer.alloc(32, 6).toString('base64')}`

const cookiesOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')

describe('examples/express-signup', () => {
  let child: ChildProcess
  let output = ''
  let url = ''
  beforeAll(async () => {
    cpSync('examples/express-signup/server.js', join(folder, 'server.mjs'))
    cpSync(join(buildSdk(), 'node_modules'), join(folder, 'node_modules'), { recursive: true })
    symlinkSync(join(process.cwd(), 'node_modules/express'), join(folder, 'node_modules/express'))
    child = spawn(process.execPath, ['server.mjs'], { cwd: folder, env: { ...environment, PORT: '0' } })
    process.once('exit', () => child.kill('SIGKILL'))
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    url = await waitFor(() => /^http:\S+/m.exec(output)?.[0] ?? '', PATIENT)
  })
  afterAll(() => child.kill('SIGKILL'))

  async function submit(path: string, fields: Record<string, string>, cookie = '') {
    const response = await fetch(url + path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { cookie },
    })
    return { status: response.status, cookie: cookiesOf(response), text: await response.text() }
  }

  it('signs a person up by the form, and creates the account from the proof', async () => {
    expect(await (await fetch(url)).text()).toContain('name="phone"')
    const phone = newPhone()
    const started = await submit('/start', { phone })
    expect(started.text).toContain(`We are calling ${phone}`)
    const code = await test.codeOn(phone)
    const wrong = await submit('/confirm', { code: wrongOf(code) }, started.cookie)
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('Wrong code, 2 tries left.')])
    const right = await submit('/confirm', { code }, started.cookie)
    expect([right.status, right.text]).toEqual([200, expect.stringContaining(`${phone} is verified`)])
    expect(output).toMatch(/account created ver_/)
    const again = await submit('/confirm', { code }, started.cookie)
    expect([again.status, again.text]).toEqual([409, expect.stringContaining('Start again.')])
  })

  it('refuses a phone that cannot exist, and a confirm of nothing', async () => {
    expect(await submit('/start', { phone: '12' })).toMatchObject({ status: 422 })
    expect((await submit('/confirm', { code: '1234' })).text).toContain('Start again.')
  })

  it('takes webhooks of Ringproof only', async () => {
    expect((await fetch(`${url}/webhooks/ringproof`, webhook())).status).toBe(204)
    expect((await fetch(`${url}/webhooks/ringproof`, webhook(FORGED))).status).toBe(401)
    expect(output).toContain('evt_1 webhook.test')
  })
})

describe('examples/next-signup', () => {
  it('its handlers sign a person up, and take webhooks of Ringproof only', async () => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    vi.spyOn(console, 'log').mockImplementation(() => {})
    try {
      const [start, confirm, webhooks] = await Promise.all([
        import('../../examples/next-signup/app/api/start/route.ts'),
        import('../../examples/next-signup/app/api/confirm/route.ts'),
        import('../../examples/next-signup/app/api/webhooks/route.ts'),
      ])
      const asked = (body: object, cookie = '') =>
        new Request('http://localhost', { method: 'POST', body: JSON.stringify(body), headers: { cookie } })
      const phone = newPhone()
      const started = await start.POST(asked({ phone }))
      expect(await started.json()).toEqual({ phone })
      const cookie = cookiesOf(started)
      const code = await test.codeOn(phone)
      const wrong = await confirm.POST(asked({ code: wrongOf(code) }, cookie))
      expect([wrong.status, await wrong.json()]).toEqual([422, { message: 'Wrong code, 2 tries left.' }])
      const right = await confirm.POST(asked({ code }, cookie))
      expect([right.status, await right.json()]).toEqual([200, { phone }])
      expect((await start.POST(asked({ phone: '12' }))).status).toBe(422)
      expect((await webhooks.POST(new Request('http://localhost', webhook()))).status).toBe(204)
      expect((await webhooks.POST(new Request('http://localhost', webhook(FORGED)))).status).toBe(401)
    } finally {
      vi.unstubAllEnvs()
      vi.restoreAllMocks()
    }
  })

  it('its pages compile (building them with Next.js takes too long for a test)', () => {
    const example = join(process.cwd(), 'examples/next-signup')
    const compilerOptions = {
      typeRoots: [join(process.cwd(), 'node_modules/@types')],
      paths: { ringproof: [join(process.cwd(), 'sdk/typescript/src/index.ts')] },
    }
    const config = {
      extends: join(example, 'tsconfig.json'),
      compilerOptions,
      include: [join(example, 'app')],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    expect(spawnSync('tsc', ['-p', folder], { encoding: 'utf8' }).stdout).toBe('')
  })
})
