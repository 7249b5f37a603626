import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newTel } from '../../src/providers/new-tel/index.ts'
import { bearerOf, isRightSignature, readBearer, signatureOf } from '../../src/providers/new-tel/signature.ts'
import { type Received, type Reply, rawOperator } from './raw-operator.ts'
import { requestOf } from './speaker.ts'
import { accountAt, newTelSignature, speakerFor } from './speakers.ts'

const VECTOR = {
  method: 'company/get-state',
  time: '1600000000',
  accessKey: '616a2cbbc392c798c06161dae2bd0c2093af4f399e95f48d',
  signKey: '84c29e3807ccb092f50ea7e66537ba9b519628efdd741046',
  content: '""',
}
const { speaker } = speakerFor('new-tel')
const call = requestOf(speaker)
const account = (url: string) => accountAt('new-tel', url) as never

describe('signatures', () => {
  it('match the vector', () => {
    const signature = '6abf1cabb5b8adc8410d5aaef33376159bc3cb2f6b1a1157f7105529e39fdcc2'
    expect(signatureOf(VECTOR)).toBe(signature)
    expect(bearerOf(VECTOR)).toBe(VECTOR.accessKey + VECTOR.time + signature)
    expect(bearerOf(VECTOR)).toHaveLength(122)
  })

  it('cover every byte of what they sign', () => {
    const part = fc.string({ minLength: 1 })
    fc.assert(
      fc.property(
        part,
        part,
        fc.constantFrom('method', 'content', 'signKey' as const),
        (content, change, field) => {
          const signed = { ...VECTOR, content }
          const signature = signatureOf(signed)
          expect(isRightSignature(signature, signed)).toBe(true)
          expect(isRightSignature(signature, { ...signed, content: Buffer.from(content) })).toBe(true)
          expect(isRightSignature(signature, { ...signed, [field]: signed[field] + change })).toBe(false)
          expect(readBearer(bearerOf(signed))).toEqual({
            accessKey: VECTOR.accessKey,
            time: VECTOR.time,
            signature,
          })
        },
      ),
    )
  })

  it.each(['', 'nonsense', 'é'.repeat(64), '0'.repeat(64)])('are not %j', (signature) => {
    expect(isRightSignature(signature, VECTOR)).toBe(false)
  })
})

describe('an answer without the right signature', () => {
  const wrong = { Signature: 'f'.repeat(64) }
  const placing = async (reply: (request: Received) => Reply) => {
    const operator = await rawOperator(reply)
    const outcome = await newTel.place(account(operator.url), call)
    expect(operator.requests).toHaveLength(1)
    return outcome
  }
  const placed = JSON.stringify(speaker.placed)
  const error = JSON.stringify({ status: 'error', message: 'Unauthorized' })

  it.each([
    ['a success with none', { status: 200, body: placed }],
    ['a success with a wrong one', { status: 200, headers: wrong, body: placed }],
    ['a refusal with none', { status: 200, body: JSON.stringify(speaker.refusal('limit')) }],
    [
      'a refusal with a wrong one',
      { status: 200, headers: wrong, body: JSON.stringify(speaker.refusal('limit')) },
    ],
    ['an error 400 with none', { status: 400, body: error }],
    ['an error 500 with none', { status: 500, body: error }],
    ['an error 401 with a wrong one', { status: 401, headers: wrong, body: error }],
  ])('leaves it unclear whether it called: %s', async (_name, reply) => {
    expect(await placing(() => reply)).toMatchObject({ kind: 'unclear' })
  })

  it('leaves a call unclear if signed with another key, or for another body', async () => {
    const withKey = (request: Received) => ({ Signature: newTelSignature(request, placed, '0'.repeat(48)) })
    const forBody = (request: Received) => ({ Signature: newTelSignature(request, `${placed} `) })
    for (const headers of [withKey, forBody]) {
      const outcome = await placing((request) => ({ status: 200, headers: headers(request), body: placed }))
      expect(outcome).toEqual({ kind: 'unclear', detail: 'a wrong signature' })
    }
  })

  it.each([
    ['as it is', (json: string) => json],
    ['with its byte-order mark', (json: string) => `\uFEFF${json}`],
    ['compressed', (json: string) => gzipSync(`\uFEFF${json}`)],
  ])('may cover the text %s: then it is the right one', async (_how, covered) => {
    const outcome = await placing((request) => ({
      status: 200,
      headers: { Signature: newTelSignature(request, covered(placed)), 'Content-Encoding': 'gzip' },
      body: gzipSync(`\uFEFF${placed}`),
    }))
    expect(outcome.kind).toBe('placed')
  })

  it.each([401, 403])('counts if it refuses the credentials with HTTP %i', async (status) => {
    expect(await placing(() => ({ status, body: error }))).toMatchObject({
      kind: 'refused',
      reason: 'unauthorized',
    })
  })

  it('is a fault in every other request', async () => {
    const operator = await rawOperator(() => ({
      status: 200,
      headers: wrong,
      body: JSON.stringify(speaker.balance),
    }))
    await expect(newTel.balance(account(operator.url))).rejects.toMatchObject({ reason: 'bad_answer' })
    const status = await newTel.status(account(operator.url), { ...speaker.call, placedAt: new Date() })
    expect(status).toEqual({ kind: 'fault', detail: 'a wrong signature' })
  })
})
