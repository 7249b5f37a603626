import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Form } from '../../src/console/form.ts'
import { changesIn, formOf } from '../../src/console/policy-form.ts'
import { DEFAULT_POLICY, type Policy } from '../../src/limits/schemas.ts'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'
import { createVisitor, pairs, type Visitor } from './visitor.ts'

const typed = (policy: Policy, fields: Record<string, string>) => {
  const form = formOf(policy)
  const all = new URLSearchParams()
  for (const name of new Set(form.names())) {
    for (const value of form.all(name)) all.append(name, value)
  }
  for (const [name, value] of Object.entries(fields)) all.set(name, value)
  return changesIn(new Form(all), policy)
}
const KEPT = { starts_kept_10m: '', starts_kept_hour: '', starts_kept_day: '' }

describe('the form of a policy', () => {
  it('changes nothing if submitted unchanged', () => {
    const nothing = { ...DEFAULT_POLICY, allow_channels: [], allow_prefixes: [], deny_number_types: [] }
    for (const policy of [DEFAULT_POLICY, { ...DEFAULT_POLICY, starts_kept_for_known: null }, nothing]) {
      expect(typed(policy, {})).toEqual({})
    }
  })

  it('tells a list without entries from a rule that is off', () => {
    const nothing: Policy = { ...DEFAULT_POLICY, allow_channels: [], allow_prefixes: [] }
    expect(typed(nothing, { channels_allowed: 'all', allow_prefixes: '' })).toEqual({
      allow_channels: null,
      allow_prefixes: null,
    })
    expect(typed(DEFAULT_POLICY, { channels_allowed: 'ticked', allow_prefixes: ' none\n' })).toEqual({
      allow_channels: [],
      allow_prefixes: [],
    })
    expect(() => typed(DEFAULT_POLICY, { allow_prefixes: 'none +7' })).toThrow()
  })

  it('has a row for each step of the default workflow, and leaves out rows without a channel', () => {
    const rows = { step_1_channel: 'flash_call', step_1_wait: '30', step_4_channel: 'sms' }
    const changes = typed(DEFAULT_POLICY, rows)
    const steps = [
      { channel: 'flash_call', wait_seconds: 30 },
      { channel: 'sms', wait_seconds: 45 },
    ] as const
    expect(changes).toEqual({ default_workflow: steps })
    const policy: Policy = { ...DEFAULT_POLICY, default_workflow: [...steps] }
    expect(typed(policy, {})).toEqual({})
    expect(typed(policy, { step_1_channel: '', step_2_channel: '' })).toEqual({ default_workflow: null })
    expect(() => typed(DEFAULT_POLICY, { ...rows, step_1_wait: '5' })).toThrow()
    expect(() => typed(DEFAULT_POLICY, { ...rows, step_1_wait: 'long' })).toThrow()
    expect(() => typed(DEFAULT_POLICY, { ...rows, step_1_channel: 'pigeon' })).toThrow()
  })

  it('changes the reserve for known requesters, in all windows or one', () => {
    expect(typed(DEFAULT_POLICY, { starts_kept_day: '5', guesses_kept_for_known: '4' })).toEqual({
      starts_kept_for_known: { '10m': 1, hour: 2, day: 5 },
      guesses_kept_for_known: 4,
    })
    expect(typed(DEFAULT_POLICY, { ...KEPT, wrong_guesses_per_requester_day: '' })).toEqual({
      starts_kept_for_known: null,
      wrong_guesses_per_requester_day: null,
    })
    expect(() => typed(DEFAULT_POLICY, { starts_kept_day: '' })).toThrow()
    expect(() => typed(DEFAULT_POLICY, { starts_kept_hour: 'many' })).toThrow()
  })
})

describe('the preview of a policy', () => {
  let own: TestHttp
  let visitor: Visitor
  beforeAll(async () => {
    own = await startTestHttp()
    visitor = createVisitor(own)
  })
  afterAll(() => own.stop())

  it('shows a list without entries as none, and a rule that is off as off', async () => {
    const cookie = pairs((await visitor.logIn(ADMIN_KEY)).cookies)
    const page = await visitor.visit('/console/policy', { cookie })
    const [, seen = ''] = /name="seen" value="([^"]+)"/.exec(page.text) ?? []
    const form = Object.fromEntries(new URLSearchParams(formOf(DEFAULT_POLICY).toString()))
    const { text, status } = await visitor.visit('/console/policy', {
      cookie,
      form: { ...form, seen, csrf: page.csrf, channels_allowed: 'ticked', action: 'simulate' },
    })
    expect(status).toBe(200)
    const row = /<th scope="row"[^>]*>Allowed channels.*?<\/tr>/s.exec(text)?.[0] ?? ''
    expect(
      row
        .replace(/<[^>]+>/g, ' ')
        .trim()
        .split(/\s+/),
    ).toEqual(['Allowed', 'channels', 'off', 'none'])
    expect(text).toMatch(/name="channels_allowed" value="ticked" checked/)
  })
})
