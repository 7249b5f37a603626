import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Form } from '../../src/console/form.ts'
import { changesIn, formOf } from '../../src/console/policy-form.ts'
import { DEFAULT_POLICY, type Policy } from '../../src/limits/schemas.ts'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'
import { createVisitor, pairs, type Visitor } from './visitor.ts'

const typed = (policy: Policy, fields: Record<string, string>) => {
  const form = formOf(policy)
  const all = new URLSearchParams()
  for (const name of Object.keys({ ...policy, ...KEPT, min_finished: 0, min_approved_percent: 0 })) {
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
    const nothing: Policy = { ...DEFAULT_POLICY, allow_channels: [] }
    expect(formOf(nothing).text('allow_channels')).toBe('none')
    expect(formOf(DEFAULT_POLICY).text('allow_channels')).toBe('')
    expect(typed(nothing, { allow_channels: '' })).toEqual({ allow_channels: null })
    expect(typed(DEFAULT_POLICY, { allow_channels: ' none\n' })).toEqual({ allow_channels: [] })
    expect(() => typed(DEFAULT_POLICY, { allow_channels: 'none sms' })).toThrow()
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
      form: { ...form, seen, csrf: page.csrf, allow_channels: 'none', action: 'simulate' },
    })
    expect(status).toBe(200)
    const row = /<th scope="row"[^>]*>Allowed channels.*?<\/tr>/s.exec(text)?.[0] ?? ''
    expect(
      row
        .replace(/<[^>]+>/g, ' ')
        .trim()
        .split(/\s+/),
    ).toEqual(['Allowed', 'channels', 'off', 'none'])
    expect(text).toMatch(/<textarea[^>]*name="allow_channels"[^>]*>none</)
  })
})
