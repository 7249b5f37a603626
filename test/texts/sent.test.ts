import { describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { sandboxCalls, sandboxMessages } from '../../src/calls/sandbox-calls.ts'
import type { ClientContext } from '../../src/context.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { createRoute } from '../../src/routing/routes.ts'
import { updateTexts } from '../../src/texts/manage.ts'
import type { TextsChanges } from '../../src/texts/schemas.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { moveOn, next } from '../../src/verifications/next.ts'
import { get } from '../../src/verifications/read.ts'
import type { StartInput } from '../../src/verifications/schemas.ts'
import { runToTheEnd } from '../billing/support.ts'
import { openLive } from '../calls/live-accounts.ts'
import { oneMore } from '../providers/registry.ts'
import { openTenant } from '../setup/tenant.ts'
import { begin, dialled, newPhone, placeCalls, stored, uuidOf } from '../verifications/support.ts'

const { test } = await openTenant({ ...oneMore, shortCalls: true })

async function tenantWith(changes: TextsChanges): Promise<ClientContext> {
  const client = await test.newTenant()
  await updateTexts(client, changes)
  await updatePolicy(client, { phone_pause_seconds: null })
  return client
}

/** Starts, lets it run, and returns what the phone received, with codes as `#`. */
async function received(client: ClientContext, input: Partial<StartInput>) {
  const started = await begin(client, input)
  await runToTheEnd(test, started.id)
  const { phone } = started
  const messages = (await sandboxMessages(client, { phone })).data.map(({ text }) => text)
  const calls = (await sandboxCalls(client, { phone })).data.map(({ text }) => text ?? '')
  const [code = ''] = dialled(test, client, phone).map((call) => call.code)
  const texts = [...messages, ...calls].map((text) =>
    text.replaceAll(code, '#').replaceAll([...code].join(', '), '# # #'),
  )
  return { ...started, code, texts }
}

describe('an SMS', () => {
  it('has our text with a code of six digits, which approves', async () => {
    const client = await tenantWith({ app: 'Acme', domain: 'acme.example' })
    const { id, code, texts, code_lengths } = await received(client, { channel: 'sms', locale: 'en' })
    expect(texts).toEqual(['# is your Acme code. Do not share it.\n@acme.example ##'])
    expect(code).toMatch(/^\d{6}$/)
    // telefon-ip, next in the route, takes four.
    expect(code_lengths).toEqual([4, 6])
    expect(await get(client, { id })).toMatchObject({ status: 'delivered', code_length: 6 })
    expect(await confirm(client, { id, code })).toMatchObject({ status: 'approved' })
    const { data } = await readAudit(client, { id })
    expect(JSON.stringify(data)).not.toMatch(new RegExp(`${code}|Do not share`))
  })

  it('says how many minutes are left', async () => {
    const client = await tenantWith({ sms: { en: '{code}, {ttl_minutes} min' } })
    const said = async (ttl_seconds: number) =>
      (await received(client, { channel: 'sms', locale: 'en', ttl_seconds })).texts
    expect(await said(300)).toEqual(['#, 5 min'])
    expect(await said(60)).toEqual(['#, 1 min'])
  })
})

describe('the language', () => {
  const sms = {
    'en-GB': 'GB {code}',
    'pt-BR': 'BR {code}',
    zh: 'zh {code}',
    de: 'de {code}',
    ru: 'ru {code}',
  }
  const BUILT_IN = '# is your verification code. Do not share it.'
  it.each<[string, Partial<StartInput> & { none?: boolean }, string]>([
    ['the locale', { locale: 'en-GB' }, 'GB #'],
    ['its base language, built in', { locale: 'en-US' }, BUILT_IN],
    ['its base language, through its script', { locale: 'zh-Hant-TW' }, 'zh #'],
    ['without a text, the default', { locale: 'fr-CA' }, 'de #'],
    ['not another country’s', { locale: 'pt' }, 'de #'],
    ['of nobody, the default', {}, 'de #'],
    ['of nobody without a default, Russian for +7', { locale: 'fr', none: true }, 'ru #'],
    ['of nobody without a default, English elsewhere', { phone: '+12025550123', none: true }, BUILT_IN],
  ])('is %s', async (_which, { none, ...input }, text) => {
    const client = await tenantWith({ sms, ...(none ? {} : { default_language: 'de' }) })
    const { texts } = await received(client, { channel: 'sms', ...input })
    expect(texts).toEqual([text])
  })

  it('stays for every step of a workflow', async () => {
    const client = await tenantWith({ voice: { fr: 'fr {code}' } })
    const workflow = [
      { channel: 'flash_call', wait_seconds: 30 },
      { channel: 'voice', wait_seconds: 30 },
    ] as const
    const { id, phone } = await begin(client, { workflow: [...workflow], locale: 'fr' })
    await runToTheEnd(test, id)
    await next(client, { id })
    await runToTheEnd(test, id)
    expect((await sandboxCalls(client, { phone })).data.map(({ text }) => text?.slice(0, 3))).toEqual([
      'fr ',
      undefined,
    ])
  })
})

describe('a voice call', () => {
  it('says the digits one by one, twice, and has reached the phone once it is answered', async () => {
    const client = await tenantWith({})
    const { id, code, texts, code_lengths } = await received(client, { channel: 'voice', locale: 'en' })
    expect(texts).toEqual(['Hello. Your verification code is: # # #. Once more: # # #.'])
    expect(code_lengths).toEqual([6])
    expect(await get(client, { id })).toMatchObject({
      status: 'delivered',
      attempts_detail: [{ channel: 'voice', status: 'answered' }],
    })
    expect(await confirm(client, { id, code })).toMatchObject({ status: 'approved' })
  })

  it('that nobody answers goes on to the next step, and its code is no longer right', async () => {
    const client = await tenantWith({})
    const workflow = [
      { channel: 'voice', wait_seconds: 30 },
      { channel: 'sms', wait_seconds: 30 },
    ] as const
    const { id, phone } = await begin(client, { phone: '+79000000001', workflow: [...workflow] })
    await runToTheEnd(test, id)
    await moveOn(test.worker, { verification: uuidOf(id) })
    await runToTheEnd(test, id)
    const codes = dialled(test, client, phone).map((call) => call.code)
    const [spoken = '', written = ''] = [codes[0], codes.at(-1)]
    const unheard = { status: 'busy', text: null }
    expect((await sandboxCalls(client, { phone })).data).toMatchObject([unheard, unheard])
    expect(await get(client, { id })).toMatchObject({
      status: 'delivered',
      channel: 'sms',
      attempts_detail: [
        { channel: 'voice', status: 'busy' },
        { channel: 'voice', status: 'busy' },
        { channel: 'sms', status: 'delivered' },
      ],
    })
    await expect(confirm(client, { id, code: spoken })).rejects.toMatchObject({ code: 'code_incorrect' })
    expect(await confirm(client, { id, code: written })).toMatchObject({ status: 'approved' })
  })

  it('that nobody answers goes on to the next account, with a code of the length that this one names', async () => {
    const live = await openLive(test)
    const phone = newPhone()
    const silent = await live.newAccount('example-tel')
    const other = await live.newAccount('example-tel', { code_length: 8 })
    silent.fault('silent_drop')
    await createRoute(live.client, { prefix: phone, channel: 'voice', accounts: [silent.id, other.id] })
    const { id, code_lengths } = await begin(live.client, { phone, channel: 'voice' })
    expect(code_lengths).toEqual([6, 8])
    await runToTheEnd(test, id)
    const [unheard, heard] = [silent, other].map((account) => account.ledger(phone).map(({ code }) => code))
    expect(unheard).toEqual([expect.stringMatching(/^\d{6}$/)])
    expect(heard).toEqual([expect.stringMatching(/^\d{8}$/)])
    expect(await get(live.client, { id })).toMatchObject({
      status: 'delivered',
      attempts_detail: [{ status: 'no_answer' }, { status: 'answered' }],
    })
    const confirming = confirm(live.client, { id, code: unheard?.[0] ?? '' })
    await expect(confirming).rejects.toMatchObject({ status: 422 })
    expect(await confirm(live.client, { id, code: heard?.[0] ?? '' })).toMatchObject({ status: 'approved' })
  })

  it('that nobody answers fails a verification without another step', async () => {
    const client = await tenantWith({})
    const { id } = await received(client, { phone: '+79000000001', channel: 'voice' })
    expect(await get(client, { id })).toMatchObject({ status: 'failed', failure: { code: 'unreachable' } })
  })
})

it('no text is rendered for an operator that writes its own', async () => {
  const client = await tenantWith({ sms: { ru: 'СВОЙ {code}' } })
  // example-tel refuses this phone, so telefon-ip sends.
  const { id, phone } = await begin(client, { phone: '+79000000110', channel: 'sms' })
  await placeCalls(test, id)
  await runToTheEnd(test, id)
  expect((await stored(test, id)).calls.map(({ provider }) => provider)).toEqual([
    'example-tel',
    'telefon-ip',
  ])
  expect((await sandboxMessages(client, { phone })).data).toMatchObject([
    { text: expect.stringMatching(/^Ваш код: \d{4}$/) },
  ])
})
