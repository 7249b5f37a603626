import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithQueue, type Service, startService } from './support.ts'

const FORM = 'content-type: application/x-www-form-urlencoded'
const JSON_TYPE = 'content-type: application/json'

describeWithQueue('the telefon-ip door for odd clients', 'PostgreSQL', (backend) => {
  let service: Service
  let token: string
  let phones = 3_000

  function newPhone(): string {
    phones += 1
    return `8924356${phones}`
  }

  beforeAll(async () => {
    service = await startService(backend, { quick: true })
    await service.admin('PATCH', '/v1/policies', { starts_per_prefix_hour: null, conversion_guard: null })
    const made = await service.admin('POST', '/v1/compat-credentials', {
      facade: 'telefon-ip',
      name: 'odd client',
      livemode: false,
    })
    token = made.body.token
  })
  afterAll(() => service?.stop())

  /** Sends exact bytes, and returns all that comes back until the server closes. */
  function raw(text: string | Buffer): Promise<string> {
    const { hostname, port } = new URL(service.stack.url)
    return new Promise((resolve, reject) => {
      let told = ''
      const socket = connect(Number(port), hostname, () => socket.write(text))
      socket
        .setEncoding('utf8')
        .on('data', (chunk) => {
          told += chunk
        })
        .on('close', () => resolve(told))
        .on('error', reject)
    })
  }
  const at = (path: string) => `/api/v1/authcalls/${token}/${path}`
  const get = (path: string, ...headers: string[]) =>
    raw([`GET ${path} HTTP/1.1`, 'host: x', 'connection: close', ...headers, '', ''].join('\r\n'))
  function post(path: string, body: string | Buffer, ...headers: string[]) {
    const length = `content-length: ${Buffer.byteLength(body)}`
    const head = [`POST ${path} HTTP/1.1`, 'host: x', 'connection: close', length, ...headers, '', '']
    return raw(Buffer.concat([Buffer.from(head.join('\r\n')), Buffer.from(body)]))
  }

  it.each([
    ['a plus', (phone: string) => `get_code/+7${phone.slice(1)}`],
    ['brackets and blanks', (phone: string) => `get_code/8%20(${phone.slice(1, 4)})%20${phone.slice(4)}/`],
    ['doubled slashes inside', (phone: string) => `/get_code//${phone}//`],
    ['an unknown parameter', (phone: string) => `get_code/${phone}/?_=1&sms=false`],
  ])('takes a phone in a path with %s', async (_, path) => {
    const phone = newPhone()
    expect(await get(at(path(phone)))).toContain(`"success":true,"error":"","data":{"phone":"${phone}"`)
  })

  it('takes a doubled first slash, an upper-case token, an absolute address and HTTP/1.0', async () => {
    const balance = '{"success":true,"error":"","data":{"balance":'
    const asked = [
      get(`/${at('get_balance')}`),
      get(at('get_balance/').replace(token, token.toUpperCase())),
      get(`http://x${at('get_balance/')}`),
      raw(`GET ${at('get_balance/')} HTTP/1.0\r\nhost: x\r\n\r\n`),
      raw(`GET ${at('get_balance/')} HTTP/1.0\r\n\r\n`),
    ]
    for (const answer of await Promise.all(asked)) expect(answer).toContain(balance)
  })

  it('reads days from every kind of body', async () => {
    const day = new Date(Date.now() + 3 * 3_600_000).toISOString().slice(0, 10)
    const json = JSON.stringify({ start_date: day, end_date: day })
    const form = `start_date=${day}&end_date=${day}`
    const part = (name: string) => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${day}\r\n`
    const path = at('post_billing_data/')
    const asked = [
      post(path, json, JSON_TYPE),
      post(path, `\ufeff${json}`, JSON_TYPE),
      post(path, `\ufeff${json}`, FORM),
      post(path, json),
      post(path, form),
      post(path, form, FORM, 'expect: 100-continue'),
      post(path, form, JSON_TYPE),
      post(
        path,
        `${part('start_date')}${part('end_date')}--b--\r\n`,
        'content-type: multipart/form-data; boundary=b',
      ),
      raw(
        `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${FORM}\r\ntransfer-encoding: chunked\r\n\r\n` +
          `${form.length.toString(16)}\r\n${form}\r\n0\r\n\r\n`,
      ),
    ]
    for (const answer of await Promise.all(asked))
      expect(answer).toContain('{"success":true,"error":"","data":[')
  })

  it('answers mistakes in the operator’s envelope, never as a failure of ours', async () => {
    const path = at('post_billing_data/')
    const days = (start: string, end: string) => `start_date=${start}&end_date=${end}`
    const asked = {
      'bad escape': get(at('get_code/%zz')),
      'bad UTF-8': get(at('get_code/%ff%fe')),
      'no body': post(path, '', JSON_TYPE),
      'broken JSON': post(path, '{"start', JSON_TYPE),
      'bad bytes': post(path, Buffer.from([0xff, 0xfe, 0x00]), JSON_TYPE),
      'broken multipart': post(path, '--b\r\n', 'content-type: multipart/form-data; boundary=b'),
      'multipart without boundary': post(path, 'x', 'content-type: multipart/form-data'),
      'too large': post(path, 'x'.repeat(20_000), FORM),
      'huge id': get(at('get_status/99999999999999999999/')),
      'zero byte': get(at('get_code/%00/')),
      'zero byte in a token': get('/api/v1/authcalls/%00/get_balance/'),
      'no token': get('/api/v1/authcalls'),
      OPTIONS: raw(`OPTIONS ${at('get_balance/')} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`),
      DELETE: raw(`DELETE ${at('get_balance/')} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`),
      'webhook of another protocol': post(
        at('reverse_auth_phone_post'),
        `phone=${newPhone()}&webhook=file:///etc/passwd`,
        FORM,
      ),
      'webhook with a password': post(
        at('reverse_auth_phone_post'),
        `phone=${newPhone()}&webhook=http://a:b@example.com/`,
        FORM,
      ),
    }
    for (const [what, answer] of Object.entries(asked)) {
      expect([what, await answer]).toEqual([
        what,
        expect.stringMatching(/^HTTP\/1\.1 40[01] [\s\S]*\{"success":false,"error":"[^"]+","data":\{\}\}/),
      ])
    }
    const all = await post(path, days('0001-01-01', '9999-12-31'), FORM)
    expect(all).toMatch(/\{"success":true,"error":"","data":\[[\s\S]*\]\}/)
    expect(await get(at('get_billing_csv/0000-01-01/'))).toContain('\r\n0\r\n')
  })

  it('closes the connection of a request that is too large, whose rest it has not read', async () => {
    const body = 'x'.repeat(20_000)
    const head = [
      `POST ${at('get_balance')} HTTP/1.1`,
      'host: x',
      `content-length: ${body.length}`,
      FORM,
      '',
      '',
    ]
    // Resolves once the server has closed the connection.
    expect(await raw(head.join('\r\n') + body)).toMatch(/^HTTP\/1\.1 400 /)
  })
})
