import { readdirSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ERRORS } from '../../src/errors.ts'
import { GUIDES } from '../../src/http/docs/guides.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'

let test: TestHttp
/** Every page that can be reached from /docs. */
const pages = new Map<string, string>()

beforeAll(async () => {
  test = await startTestHttp()
  const left = ['/docs']
  for (const path of left) {
    const { status, text, headers } = await test.request('GET', path, { key: null })
    expect([path, status, headers.get('content-type')]).toEqual([path, 200, 'text/html; charset=utf-8'])
    pages.set(path, text)
    for (const link of linksOf(text)) {
      const [next = ''] = link.split('#')
      if (next.startsWith('/docs') && !left.includes(next) && !/\.\w+$/.test(next)) left.push(next)
    }
  }
})
afterAll(() => test.stop())

const linksOf = (text: string) => [...text.matchAll(/href="([^"]+)"/g)].map(([, link = '']) => link)
const idsOf = (text: string) => [...text.matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id)

async function operations() {
  const { body } = await test.request('GET', '/openapi.json', { key: null })
  return Object.values<Record<string, { operationId: string }>>(body.paths).flatMap((methods) =>
    Object.values(methods),
  )
}

it('every operation has its section on one page, and the links of earlier versions still lead to it', async () => {
  const sections = [...pages].filter(([path]) => path.startsWith('/docs/reference/'))
  for (const { operationId } of await operations()) {
    const own = sections.filter(([, text]) =>
      text.includes(`<section class="operation" id="${operationId}">`),
    )
    expect([operationId, own.length]).toEqual([operationId, 1])
    expect(pages.get('/docs')).toContain(`<li id="${operationId}"><a href="${own[0]?.[0]}#${operationId}">`)
  }
})

it('no link is broken, and no id stands twice on a page', () => {
  const broken: string[] = []
  for (const [path, text] of pages) {
    const ids = idsOf(text)
    expect([path, ids.filter((id, i) => ids.indexOf(id) !== i)]).toEqual([path, []])
    for (const link of linksOf(text)) {
      if (/^https?:/.test(link) || /^\/(?!docs)|\.(css|js)$/.test(link)) continue
      const [target = '', anchor] = link.split('#')
      const page = pages.get(target || path)
      if (!page || (anchor && !idsOf(page).includes(anchor))) broken.push(`${path}: ${link}`)
    }
  }
  expect(broken).toEqual([])
})

it('each page is small, has one heading of the first level and loads nothing from other hosts', () => {
  expect(pages.size).toBeGreaterThan(60)
  for (const [path, text] of pages) {
    expect([path, gzipSync(text).length < 60_000]).toEqual([path, true])
    expect([path, text.match(/<h1/g)?.length]).toEqual([path, 1])
    expect(
      text.match(/<script(?! type="module" src="\/docs\/\w+\.js">)|<style|style=|onclick=|src="http/g),
    ).toBe(null)
  }
})

it('every drawing that a page shows exists, and runs no script', async () => {
  const drawings = [...pages.values()].flatMap((text) => [...text.matchAll(/<img src="([^"]+)"/g)])
  for (const [, path = ''] of drawings) {
    const { status, headers } = await test.request('GET', path, { key: null })
    expect([path, status, headers.get('content-type')]).toEqual([path, 200, 'image/svg+xml'])
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src/)
  }
})

it('names are marked up as code instead of showing their backticks', () => {
  for (const [path, text] of pages) {
    if (path.startsWith('/docs/guides/')) continue
    const prose = text.replace(/<pre[\s\S]*?<\/pre>| data-run="[^"]*"/g, '')
    expect([path, prose.match(/.*[`].*/g)]).toEqual([path, null])
  }
})

it('addresses are those that the reader uses', async () => {
  for (const [path, before] of [
    ['/docs', 'URL='],
    ['/docs/guides/webhooks', 'curl -s '],
  ]) {
    const { text } = await test.request('GET', `https://verify.example:8443${path}`, { key: null })
    expect(text).toContain(`${before}https://verify.example:8443`)
    expect(text).not.toMatch(/\.invalid|127\.0\.0\.1:8080/)
  }
  const hostile = await test.request('GET', `http://a"onload='$&b/docs`, { key: null })
  expect(hostile.text).not.toContain('a"onload')
})

it('every document of the repository is a guide, in one list', () => {
  const files = readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.md'),
  )
  const listed: string[] = Object.values(GUIDES).flat()
  expect(new Set(listed).size).toBe(listed.length)
  expect(files.filter((file) => !listed.includes(file))).toEqual([])
  for (const file of files) {
    const name =
      file === 'channels.md'
        ? 'channels-in-detail'
        : file
            .replace(/\/README\.md$/, '')
            .replace(/^.*\//, '')
            .replace(/\.md$/, '')
    expect([file, pages.has(`/docs/guides/${name}`)]).toEqual([file, true])
  }
})

it('the page of each error has its cause and an example with its status and code', () => {
  for (const [code, { status }] of Object.entries(ERRORS)) {
    const page = pages.get(`/docs/errors/${code}`) ?? ''
    expect([code, page]).toEqual([code, expect.stringContaining('id="cause"')])
    expect(page).toContain(`HTTP/1.1 ${status}\n`)
    expect(page).toContain(`&quot;code&quot;: &quot;${code}&quot;`)
  }
})

it('notes for the tests in a document are not shown', () => {
  for (const text of pages.values()) expect(text).not.toContain('<!-- ')
})

it('the policy of the pages allows only our own script, style and requests', async () => {
  const policy = (await test.request('GET', '/docs')).headers.get('content-security-policy')
  expect(policy?.split('; ')).toEqual([
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "connect-src 'self'",
    "img-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ])
  const style = await test.request('GET', '/docs/style.css')
  expect([style.status, style.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8'])
  expect(style.text).not.toMatch(/url\(|@import/)
})

it('a page that does not exist is not found', async () => {
  for (const path of [
    '/docs/guides/nothing',
    '/docs/guides/..%2f..%2fREADME',
    '/docs/reference/constructor',
  ]) {
    expect([path, (await test.request('GET', path)).status]).toEqual([path, 404])
  }
})
