import { createHash } from 'node:crypto'
import { CHANNELS } from '../channels/channels.ts'
import { validate } from '../input/validate.ts'
import type { Policy, PolicyChanges } from '../limits/schemas.ts'
import { NUMBER_TYPES, PolicyChanges as PolicyChangesSchema, RULES } from '../limits/schemas.ts'
import { Form } from './form.ts'
import { setSteps, stepsIn } from './workflow-form.ts'

/** Number fields; empty: the limit is off. */
export const NUMBERS = [
  'starts_per_phone_10m',
  'starts_per_phone_hour',
  'starts_per_phone_day',
  'phone_pause_seconds',
  'wrong_guesses_per_phone_day',
  'guesses_kept_for_known',
  'wrong_guesses_per_requester_day',
  'starts_per_ip_hour',
  'starts_per_prefix_hour',
] as const

/** Windows of the starts kept for known requesters, one field each. */
export const KEPT_WINDOWS = ['10m', 'hour', 'day'] as const
export const keptField = (window: (typeof KEPT_WINDOWS)[number]) => `starts_kept_${window}`

/** Lists of prefixes, one per line. */
export const PREFIXES = ['allow_prefixes', 'deny_prefixes'] as const
/** An empty list switches the rule off; this word is a list without entries. */
const NONE = 'none'

/** The form filled in from a policy. */
export function formOf(policy: Policy): Form {
  const fields = new URLSearchParams()
  for (const name of NUMBERS) fields.set(name, text(policy[name]))
  for (const name of PREFIXES) fields.set(name, linesOf(policy[name]))
  setSteps(fields, policy.default_workflow)
  fields.set('channels_allowed', policy.allow_channels === null ? 'all' : 'ticked')
  for (const channel of policy.allow_channels ?? []) fields.append('allow_channels', channel)
  fields.set('spend_per_day', text(policy.spend_per_day))
  for (const window of KEPT_WINDOWS) {
    fields.set(keptField(window), text(policy.starts_kept_for_known?.[window]))
  }
  fields.set('min_finished', text(policy.conversion_guard?.min_finished))
  fields.set('min_approved_percent', text(policy.conversion_guard?.min_approved_percent))
  for (const type of policy.deny_number_types ?? []) fields.append('deny_number_types', type)
  for (const rule of policy.observe) fields.append('observe', rule)
  return new Form(fields)
}

const linesOf = (list: readonly string[] | null) => (list?.length === 0 ? NONE : (list ?? []).join('\n'))

const text = (value: unknown) => (value === null || value === undefined ? '' : String(value))

/** A hash of what a form shows. A form rendered from something else would undo another user's changes. */
export function nameOf(shown: object): string {
  return createHash('sha256').update(JSON.stringify(shown)).digest('base64url').slice(0, 16)
}

/** The fields of the form that differ from the policy. Throws 422 for values that no policy can have. */
export function changesIn(form: Form, policy: Policy): PolicyChanges {
  const changes: Record<string, unknown> = {}
  const set = (name: keyof Policy, value: unknown) => {
    if (JSON.stringify(value) !== JSON.stringify(policy[name])) changes[name] = value
  }
  for (const name of NUMBERS) set(name, toNumber(form.text(name)))
  for (const name of PREFIXES) {
    const typed = form.text(name)
    set(name, typed === '' ? null : typed === NONE ? [] : typed.split(/[\s,;]+/).filter(Boolean))
  }
  set('default_workflow', stepsIn(form, toNumber))
  const channels = ordered(policy.allow_channels ?? [], form.all('allow_channels'), CHANNELS)
  set('allow_channels', form.text('channels_allowed') === 'all' ? null : channels)
  set('spend_per_day', form.text('spend_per_day') || null)
  const ticked = form.all('deny_number_types')
  const types = ordered(policy.deny_number_types ?? [], ticked, NUMBER_TYPES)
  set('deny_number_types', types.length === 0 && policy.deny_number_types?.length !== 0 ? null : types)
  set('observe', ordered(policy.observe, form.all('observe'), RULES))
  const kept = KEPT_WINDOWS.map((window) => [window, toNumber(form.text(keptField(window)))] as const)
  const isNoneKept = kept.every(([, value]) => value === null)
  set('starts_kept_for_known', isNoneKept ? null : Object.fromEntries(kept))
  const [finished, percent] = [
    toNumber(form.text('min_finished')),
    toNumber(form.text('min_approved_percent')),
  ]
  const isOff = finished === null && percent === null
  set('conversion_guard', isOff ? null : { min_finished: finished, min_approved_percent: percent })
  return validate(PolicyChangesSchema, changes, 'body')
}

/** Other text stays as typed: the schema refuses it and names the field. */
function toNumber(typed: string): number | string | null {
  if (typed === '') return null
  const value = Number(typed.replace(',', '.'))
  return Number.isFinite(value) ? value : typed
}

/** The ticked names in a fixed order, or in the order of `before` if it has the same ones. */
function ordered(before: readonly string[], ticked: readonly string[], known: readonly string[]): string[] {
  const same = before.length === ticked.length && before.every((name) => ticked.includes(name))
  return same ? [...before] : known.filter((name) => ticked.includes(name))
}
