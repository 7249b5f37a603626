import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  InvalidProofError,
  InvalidWebhookError,
  Ringproof,
  UnavailableError,
} from '../../sdk/typescript/src/index.ts'
import { type Receiver, startReceiver } from '../events/receiver.ts'
import { waitFor } from '../setup/wait.ts'
import { openSdk, PATIENT, type Sdk } from './service.ts'

let test: Sdk
beforeAll(async () => {
  test = await openSdk()
})
afterEach(() => {
  vi.useRealTimers()
})

const later = (milliseconds: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds })

describe('verifyProof', () => {
  let proof: string
  let phone: string
  let audience: string
  let fetched = 0
  let answers: typeof fetch
  const counting: typeof fetch = (...input) => {
    fetched += 1
    return answers(...input)
  }
  const verifier = () => {
    fetched = 0
    answers = fetch
    return new Ringproof({ baseUrl: test.stack.url, fetch: counting, maxRetries: 0 })
  }

  beforeAll(async () => {
    const begun = await test.begin()
    phone = begun.phone
    proof = (await test.ringproof.verifications.confirm(begun.id, { code: begun.code })).proof
    audience = (await test.newKey(['read'])).tenant
  })

  it('accepts a proof without an API key, and fetches the keys once', async () => {
    const { verifyProof } = verifier()
    expect(await verifyProof(proof, { audience, phone })).toMatchObject({
      iss: 'ringproof',
      amr: ['flash_call'],
    })
    await verifyProof(proof, { audience, issuer: 'ringproof' })
    expect(fetched).toBe(1)
    later(500_000)
    await verifyProof(proof, { audience })
    expect(fetched).toBe(1)
  })

  it('refuses every proof but one of this installation, for this audience, phone and time', async () => {
    const { verifyProof } = verifier()
    const [head = '', body = '', signature = ''] = proof.split('.')
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString())
    const header = JSON.parse(Buffer.from(head, 'base64url').toString())
    const refused = [
      '',
      'a.b.c',
      'bnVsbA.bnVsbA.',
      `${proof}.x`,
      `${head}.${body}.`,
      `${head}.${body}.${signature.slice(0, -8)}AAAAAAAA`,
      `${head}.${encode({ ...claims, sub: '+79990000000' })}.${signature}`,
      `${encode({ ...header, alg: 'none' })}.${body}.`,
      `${encode({ ...header, alg: 'HS256' })}.${body}.${signature}`,
      `${encode({ ...header, kid: 'another' })}.${body}.${signature}`,
    ]
    for (const each of refused) {
      await expect(verifyProof(each, { audience }), each).rejects.toThrow(InvalidProofError)
    }
    for (const options of [
      { audience: 'ten_another' },
      { audience, phone: '+79990000000' },
      { audience, issuer: 'https://verify.example.com' },
    ]) {
      await expect(verifyProof(proof, options)).rejects.toThrow(InvalidProofError)
    }
    later(600_000)
    await expect(verifyProof(proof, { audience })).rejects.toThrow('It has expired.')
  })

  it('asks for the keys again for an unknown one, at most every ten seconds, and after a failure', async () => {
    const { verifyProof } = verifier()
    const rotated = `${Buffer.from('{"alg":"EdDSA","kid":"new"}').toString('base64url')}.e30.AAAA`
    const asks = () => expect(verifyProof(rotated, { audience })).rejects.toThrow(InvalidProofError)
    answers = async () => new Response('', { status: 503 })
    await expect(verifyProof(proof, { audience })).rejects.toThrow(UnavailableError)
    answers = fetch
    await verifyProof(proof, { audience })
    await asks()
    expect(fetched).toBe(2)
    later(10_001)
    await asks()
    await asks()
    expect(fetched).toBe(3)
  })
})

describe('webhooks.unwrap', () => {
  let receiver: Receiver
  beforeAll(async () => {
    receiver = await startReceiver()
  })
  afterAll(() => receiver.stop())

  it('returns the events that the service sends', async () => {
    const { secret: key } = await test.newKey(['admin', 'verify', 'read'])
    const body = { url: receiver.url, event_types: ['verification.created'] }
    const { body: endpoint } = await test.stack.request('POST', '/v1/webhook-endpoints', { key, body })
    const { id } = await test.begin()
    const sent = await waitFor(() => receiver.received.find(({ text }) => text.includes(id)), PATIENT)
    const { text = '', headers = {} } = sent ?? {}
    const event = await test.ringproof.webhooks.unwrap(text, headers, endpoint.secret)
    expect(event).toMatchObject({
      id: sent?.id,
      type: 'verification.created',
      data: { verification: { id } },
    })
  })

  it('refuses what is not signed with the secret, whatever was changed, and what is old', async () => {
    const { unwrap } = test.ringproof.webhooks
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
    const text = JSON.stringify({ type: 'webhook.test', timestamp: 'now', data: { endpoint: 'whe_ё' } })
    const signed = (at: Date, by = secret) => ({
      'webhook-id': 'evt_1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(by).sign('evt_1', at, text),
    })
    const headers = signed(new Date())
    expect(await unwrap(Buffer.from(text), new Headers(headers), secret)).toMatchObject({ id: 'evt_1' })
    const former = signed(new Date(), `whsec_${Buffer.alloc(32, 8).toString('base64')}`)['webhook-signature']
    const both = { ...headers, 'webhook-signature': `v1a,x v1,? ${former} ${headers['webhook-signature']}` }
    expect(await unwrap(text, both, secret)).toMatchObject({ type: 'webhook.test' })
    const wrong = [
      unwrap(`${text} `, headers, secret),
      unwrap(text, { ...headers, 'webhook-id': 'evt_2' }, secret),
      unwrap(text, { ...headers, 'webhook-signature': former }, secret),
      unwrap(text, { ...headers, 'webhook-signature': undefined }, secret),
      unwrap(text, { ...headers, 'webhook-timestamp': 'NaN' }, secret),
      unwrap(text, signed(new Date(Date.now() - 301_000)), secret),
      unwrap(text, signed(new Date(Date.now() + 302_000)), secret),
    ]
    await expect(unwrap(text, headers, '')).rejects.toThrow('is empty')
    for (const { reason } of (await Promise.allSettled(wrong)) as PromiseRejectedResult[]) {
      expect(reason).toBeInstanceOf(InvalidWebhookError)
    }
  })
})
