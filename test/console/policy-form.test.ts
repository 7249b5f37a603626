import { describe, expect, it } from 'vitest'
import { Form } from '../../src/console/form.ts'
import { changesIn, formOf } from '../../src/console/policy-form.ts'
import { DEFAULT_POLICY, type Policy } from '../../src/limits/schemas.ts'

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
    const nothing = { ...DEFAULT_POLICY, allow_channels: [], allow_prefixes: [] }
    for (const policy of [DEFAULT_POLICY, { ...DEFAULT_POLICY, starts_kept_for_known: null }, nothing]) {
      expect(typed(policy, {})).toEqual({})
    }
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
