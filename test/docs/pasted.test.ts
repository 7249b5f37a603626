import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { CHANNELS } from '../../src/channels/channels.ts'
import { ERRORS } from '../../src/errors.ts'
import { DEFAULT_POLICY } from '../../src/limits/schemas.ts'
import { SPECIAL_PHONES } from '../../src/sandbox/special-phones.ts'
import { ATTEMPT_STATUSES, VERIFICATION_STATUSES } from '../../src/values/statuses.ts'
import { FAILURE_CODES } from '../../src/verifications/failure.ts'
import { freePort } from '../setup/ports.ts'
import { type Started, startAll } from '../setup/start.ts'
import { type Block, blocksOf, DOCUMENTS, PASTED, read } from './blocks.ts'
import { type Ran, runInOneShell, whyNotRun } from './shell.ts'

// Blocks wait for calls, and machines that run tests are busy.
vi.setConfig({ testTimeout: 900_000 })

const ANNOUNCED = 'http://127.0.0.1:8080'
/** Where the guide to webhooks lets a server listen. */
const RECEIVER = '9911'
const folder = mkdtempSync(join(tmpdir(), 'ringproof-docs-'))
// PostgreSQL may run as another user.
chmodSync(folder, 0o755)

let service: Started
/** What `npm start` printed until it was ready. */
let announced: string[]
beforeAll(async () => {
  service = await startAll(join(folder, 'data'))
  announced = service.stdout().split('\n')
  if (!service.url) throw new Error(`npm start ended: ${service.stderr()}${service.stdout()}`)
})
afterAll(async () => {
  service.signal('SIGTERM')
  await service.ended
  rmSync(folder, { recursive: true, force: true })
})

/** What a reader sees of a page's code. */
const textOf = (code: string) =>
  code
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')

const where = ({ document, line }: Block) => `${document}:${line}`

/** Pastes blocks into one shell on the running service; throws at the first that fails or shows a wrong error. */
async function paste(blocks: readonly Block[]): Promise<Ran[]> {
  const receiver = String(await freePort())
  const here = blocks.map((block) => ({
    ...block,
    text: block.text.replaceAll(ANNOUNCED, service.url).replaceAll(RECEIVER, receiver),
  }))
  const { PATH = '', HOME = '', PYTHONPATH = '', GOROOT = '' } = process.env
  const env = { PATH, HOME, PYTHONPATH, ...(GOROOT && { GOROOT }), DATA_DIR: join(folder, 'data') }
  const { ran, failed } = await runInOneShell(here, { env, folder: mkdtempSync(join(folder, 'shell-')) })
  const last = ran.at(-1)
  if (failed !== null) throw new Error(`${last && where(last.block)} failed:\n${last?.block.text}\n${failed}`)
  for (const { block, problems, output } of ran) {
    expect([where(block), problems], output).toEqual([where(block), block.answers])
  }
  return ran
}

/** Documents that one shell pastes one after the other: these verify the same phone. */
const TOGETHER = ['README.md', 'docs/guides/integrate.md']
/** Every other document has a shell of its own, as readers who begin with it, and all run at once. */
const SHELLS = [TOGETHER, ...PASTED.filter((each) => !TOGETHER.includes(each)).map((each) => [each])]

test('every block of README and guides works as pasted, one after the other', async () => {
  const notRun = PASTED.flatMap(blocksOf)
    .map((block) => [where(block), whyNotRun(block)])
    .filter(([, why]) => why)
  const pasted = SHELLS.map((documents) =>
    documents.flatMap(blocksOf).filter((block) => whyNotRun(block) === null),
  )
  const ran = (await Promise.all(pasted.filter((blocks) => blocks.length > 0).map(paste))).flat()
  console.info(
    [`${ran.length} blocks ran; ${notRun.length} did not:`, ...notRun.map((each) => each.join(': '))].join(
      '\n  ',
    ),
  )
  const proved = ran.filter(({ block }) => block.language !== 'sh' && block.text.includes('PROOF'))
  for (const { block, output } of proved)
    expect([where(block), output]).toEqual([where(block), '+79243555100'])
})

test('the lines that npm start prints work as pasted', async () => {
  const first = announced.findIndex((line) => line.startsWith('export '))
  const end = announced.indexOf('', first)
  const text = `${announced.slice(first, end).join('\n')}\n`
  const block = { document: 'npm start', line: first, language: 'sh', text, notRun: null, answers: [] }
  const [{ output = '' } = {}] = await paste([block])
  expect(output).toContain('"status":"approved"')
  expect(output).toContain('"chain":"intact"')
  expect(announced.slice(end).filter(Boolean)).toEqual(['Ctrl-C stops everything.'])
})

test('the lines of the first page of /docs work as pasted', async () => {
  const page = await (await fetch(`${service.url}/docs`)).text()
  const [quickStart = ''] = page.split('<h2 id="guides">')
  const blocks = [...quickStart.matchAll(/<pre[^>]*><code>(.*?)<\/code><\/pre>/gs)].map(
    ([, code = ''], i) => ({
      document: '/docs',
      line: i + 1,
      language: 'sh',
      text: `${textOf(code).replace('rp_test_YOUR_KEY', service.testKey)}\n`,
      notRun: null,
      answers: [],
    }),
  )
  expect(blocks.map(({ text }) => text).join('')).not.toContain('…')
  const ran = await paste(blocks)
  expect(ran.at(-1)?.output).toContain('"status":"approved"')
})

test.each(DOCUMENTS)('no line to paste in %s is too long', (document) => {
  const long = blocksOf(document).flatMap(({ text }) => text.split('\n').filter((line) => line.length > 130))
  expect(long).toEqual([])
})

test.each([
  ['integrate', 'error', Object.keys(ERRORS)],
  ['statuses', 'status', [...VERIFICATION_STATUSES, ...ATTEMPT_STATUSES]],
  ['statuses', 'failure', FAILURE_CODES],
  ['sandbox', 'special phone', Object.keys(SPECIAL_PHONES).filter((phone) => phone < '+790000001')],
  ['channels', 'channel', CHANNELS],
  ['limits-and-fraud', 'field of the policy', Object.keys(DEFAULT_POLICY)],
])('the guide "%s" names every %s', (guide, _, names) => {
  const text = read(`docs/guides/${guide}.md`)
  expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([])
})
