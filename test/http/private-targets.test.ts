import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { post } from '../../src/events/send.ts'
import { startTestHttp, type TestHttp } from './client.ts'

let test: TestHttp
let strict: TestHttp
beforeAll(async () => {
  test = await startTestHttp()
  strict = await startTestHttp({ NODE_ENV: 'production' })
})
afterAll(async () => {
  await strict.stop()
  await test.stop()
})

const credentials = { token: '4ea13fbf-f5a3-4c1d-9c1a-0123456789ab' }
const newAccount = ({ request }: TestHttp, base_url: string) =>
  request('POST', '/v1/provider-accounts', {
    body: { provider: 'telefon-ip', name: base_url, credentials, base_url },
  })

describe('private targets', () => {
  it('are refused in production, as is plain HTTP', async () => {
    const urls = [
      'http://api.telefon-ip.ru',
      'https://127.0.0.1',
      'https://0x7f.1',
      'https://2130706433',
      'https://10.0.0.1:8443/x',
      'https://169.254.169.254/latest',
      'https://[::1]/',
      'https://[::ffff:10.0.0.1]',
      'https://[fd00::1]',
      'https://localhost',
      'https://api.localhost.',
      'https://0.0.0.0',
    ]
    for (const base_url of urls) {
      const answer = await newAccount(strict, base_url)
      expect([base_url, answer.status, answer.body.errors?.[0].path]).toEqual([base_url, 422, 'base_url'])
    }
    expect((await newAccount(strict, 'https://operator.invalid')).status).toBe(201)
  })

  it('are refused for webhooks too, as are user names and fragments', async () => {
    const create = (url: string) => strict.request('POST', '/v1/webhook-endpoints', { body: { url } })
    for (const url of [
      'http://example.com/hook',
      'https://127.0.0.1/hook',
      'https://0x7f.1/hook',
      'https://[::ffff:10.0.0.1]/hook',
      'https://169.254.169.254/latest',
      'https://localhost/hook',
      'https://api.localhost./hook',
      'https://user:password@example.com/hook',
      'https://example.com/hook#part',
      'https://example.com/ho ok',
      'ftp://example.com/hook',
      '/hook',
    ]) {
      const answer = await create(url)
      expect([url, answer.status, answer.body.errors?.[0].path]).toEqual([url, 422, 'url'])
    }
    const made = await create('https://example.com/hook?token=a-token')
    expect([made.status, made.body.url]).toEqual([201, 'https://example.com/hook?token=a-token'])
    const { body } = await strict.request('GET', '/v1/audit?type=endpoint.created')
    expect(body.data[0].data).toMatchObject({ endpoint: made.body.id, url: 'https://example.com' })
  })

  it('are not connected to for webhooks, whatever the name resolves to', async () => {
    for (const url of ['https://localhost.localdomain:9/', 'https://127.0.0.1:9/']) {
      const { error } = await post({ url, headers: {}, body: '{}', allowPrivateTargets: false })
      expect(error).toMatch(/^(TARGET_REFUSED|ENOTFOUND|EAI_AGAIN)$/)
    }
  })

  it('are allowed elsewhere', async () => {
    expect((await newAccount(test, 'http://127.0.0.1:9999')).status).toBe(201)
  })
})
