import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { blocksOf } from '../docs/blocks.ts'
import { freePort } from '../setup/ports.ts'
import { waitFor } from '../setup/wait.ts'
import { buildSdk } from './built.ts'
import { newPhone, openSdk, PATIENT, type Sdk } from './service.ts'

let test: Sdk
const folder = mkdtempSync(join(tmpdir(), 'ringproof-integrations-'))
let environment: Record<string, string>
beforeAll(async () => {
  test = await openSdk()
  cpSync(join(buildSdk(), 'node_modules'), join(folder, 'node_modules'), { recursive: true })
  for (const name of ['express', 'hono']) {
    symlinkSync(join(process.cwd(), 'node_modules', name), join(folder, 'node_modules', name))
  }
  const { PATH = '', HOME = '' } = process.env
  environment = { PATH, HOME, RINGPROOF_URL: test.stack.url, RINGPROOF_KEY: test.stack.testKey }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Writes a file of a guide, which its first line names; returns its path. `as`: under another name. */
function extract(guide: string, file: string, as = file): string {
  const block = blocksOf(`docs/integrations/${guide}.md`).find(({ text, notRun }) => {
    return notRun === null && text.split('\n')[0]?.endsWith(` ${file}`)
  })
  if (!block) throw new Error(`${guide}.md has no ${file} to run`)
  const path = join(folder, guide, as)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, block.text)
  return path
}

const wrongOf = (code: string) => String(9999 - Number(code)).padStart(4, '0')
type Send = (path: string, init: RequestInit) => Response | Promise<Response>

/** Signs up through the two routes that the guides to web frameworks have in common. */
async function signUp(send: Send): Promise<void> {
  let cookie = ''
  async function post(path: string, body: object) {
    const headers = { 'content-type': 'application/json', cookie }
    const response = await send(path, { method: 'POST', body: JSON.stringify(body), headers })
    const set = response.headers.getSetCookie().map((each) => each.split(';')[0])
    if (set.length > 1) cookie = set.join('; ')
    return [response.status, await response.json()]
  }
  const phone = newPhone()
  expect(await post('/phone/start', { phone: '12' })).toEqual([422, { message: 'Check what you typed.' }])
  expect(await post('/phone/confirm', { code: '1234' })).toEqual([404, { message: 'Start again.' }])
  expect(await post('/phone/start', { phone })).toEqual([200, { phone }])
  const code = await test.codeOn(phone)
  expect(await post('/phone/confirm', { code: wrongOf(code) })).toEqual([422, { message: 'Wrong code.' }])
  expect(await post('/phone/confirm', { code })).toEqual([200, { phone }])
}

it('the README of the SDK works as printed', async () => {
  const [, quickStart, withResponse, webhook] = blocksOf('sdk/typescript/README.md').map(({ text }, i) => {
    const path = join(folder, `readme-${i}.ts`)
    writeFileSync(path, text)
    return path
  })
  const { start, confirm } = await load(quickStart ?? '')
  const phone = newPhone()
  const id = await start(phone, 'device')
  const code = await test.codeOn(phone)
  expect(await confirm(id, wrongOf(code), 'device')).toMatchObject({ message: 'Wrong code. 2 tries left.' })
  expect(await confirm(id, code, 'device')).toMatchObject({ verified: true })
  const here = readFileSync(withResponse ?? '', 'utf8').replace('http://127.0.0.1:8080', test.stack.url)
  writeFileSync(withResponse ?? '', here)
  const { stdout, stderr } = spawnSync(process.execPath, [withResponse ?? ''], {
    encoding: 'utf8',
    env: environment,
  })
  expect(stdout, stderr).toMatch(/^ver_\w+ \S{8,}/)
  const handler = await load(webhook ?? '')
  await expect(handler.webhook(new Request('http://localhost', { method: 'POST' }))).rejects.toThrow(
    'webhook-id',
  )
})

it('the Express guide works as printed', async () => {
  const PORT = String(await freePort())
  const server: ChildProcess = spawn(process.execPath, [extract('express', 'server.js', 'server.mjs')], {
    env: { ...environment, PORT },
    stdio: 'ignore',
  })
  const end = () => server.kill('SIGKILL')
  process.once('exit', end)
  try {
    const send: Send = (path, init) => fetch(`http://127.0.0.1:${PORT}${path}`, init)
    await waitFor(async () => (await send('/', {})).status === 404, PATIENT)
    await signUp(send)
    expect((await send('/phone/webhook', { method: 'POST', body: '{}' })).status).toBe(401)
  } finally {
    end()
    process.off('exit', end)
  }
})

/** Loads a module that reads the environment. */
async function load(path: string) {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  try {
    return await import(/* @vite-ignore */ pathToFileURL(path).href)
  } finally {
    vi.unstubAllEnvs()
  }
}

it('the Next.js guide works as printed', async () => {
  const { POST } = await load(extract('nextjs', 'app/phone/[action]/route.ts', 'route.ts'))
  await signUp((path, init) => {
    const params = Promise.resolve({ action: path.replace('/phone/', '') })
    return POST(new Request(`http://localhost${path}`, init), { params })
  })
})

it('the Hono guide works as printed', async () => {
  const { app } = await load(extract('hono', 'app.ts'))
  await signUp((path, init) => app.request(path, init))
  expect((await app.request('/phone/webhook', { method: 'POST', body: '{}' })).status).toBe(401)
})

it('the guide to Auth0: only a fresh verification of the same user counts', async () => {
  const action = await load(extract('auth0', 'action.js', 'action.cjs'))
  const user = { user_id: `auth0|${crypto.randomUUID()}`, app_metadata: {} }
  const secrets = { ...environment, PAGE_URL: 'https://example.com/phone', PAGE_SECRET: 'secret' }
  const sendUserTo = vi.fn()
  await action.onExecutePostLogin({ user, secrets }, { redirect: { encodeToken: () => 'token', sendUserTo } })
  expect(sendUserTo).toHaveBeenCalledWith(secrets.PAGE_URL, { query: { session_token: 'token' } })

  async function returning(verification?: string, user_id = user.user_id) {
    const did: unknown[] = []
    const api = {
      user: { setAppMetadata: (...set: string[]) => did.push(...set) },
      access: { deny: () => did.push('denied') },
    }
    const event = { user: { ...user, user_id }, secrets, request: { query: { verification } } }
    await action.onContinuePostLogin(event, api)
    return did
  }
  const phone = newPhone()
  const { id } = await test.ringproof.verifications.start({ phone, reference: user.user_id })
  expect(await returning(id)).toEqual(['denied'])
  await test.ringproof.verifications.confirm(id, { code: await test.codeOn(phone) })
  expect(await returning(id)).toEqual(['verified_phone', phone])
  expect(await returning(id, 'auth0|another')).toEqual(['denied'])
  expect(await returning()).toEqual(['denied'])
})

/** Starts and confirms through a program that prints the answers to `start PHONE` and `confirm ID CODE…`. */
async function throughProgram(command: string, program: string[]): Promise<void> {
  const run = (...args: string[]) => {
    const { stdout, stderr } = spawnSync(command, [...program, ...args], {
      encoding: 'utf8',
      env: environment,
    })
    return stdout || stderr
  }
  const phone = newPhone()
  const [id = ''] = /ver_[0-9a-f]+/.exec(run('start', phone)) ?? []
  const code = await test.codeOn(phone)
  expect(run('confirm', id, wrongOf(code), code)).toMatch(/code_incorrect.*\n.*approved/)
}

const has = (program: string, ...args: string[]) => spawnSync(program, args).status === 0

it.runIf(has('python3', '--version'))('the client of the Django guide works as printed', async () => {
  const program = join(dirname(extract('django', 'ringproof.py')), 'program.py')
  writeFileSync(
    program,
    `import sys, ringproof
verb, first, *codes = sys.argv[1:]
for more in [[code] for code in codes] or [[]]:
    try:
        print(getattr(ringproof, verb)(first, *more, device="d-4711"))
    except ringproof.RingproofError as error:
        print(error.code)
`,
  )
  await throughProgram('python3', [program])
})

it.runIf(has('javac', '-version'))('the client of the Spring guide works as printed', async () => {
  const source = extract('spring', 'Ringproof.java')
  const program = join(dirname(source), 'Program.java')
  writeFileSync(
    program,
    `import com.example.Ringproof;
class Program {
    public static void main(String[] args) throws Exception {
        var ringproof = new Ringproof(System.getenv("RINGPROOF_URL"), System.getenv("RINGPROOF_KEY"));
        if (args[0].equals("start")) {
            System.out.println(ringproof.start("{\\"phone\\": \\"" + args[1] + "\\"}").body());
        }
        for (int i = 2; i < args.length; i++) {
            System.out.println(ringproof.confirm(args[1], "{\\"code\\": \\"" + args[i] + "\\"}").body());
        }
    }
}
`,
  )
  const classes = join(dirname(source), 'classes')
  expect(spawnSync('javac', ['-d', classes, source, program], { encoding: 'utf8' }).stderr).toBe('')
  await throughProgram('java', ['-cp', classes, 'Program'])
})
