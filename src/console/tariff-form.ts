import { Form } from './form.ts'
import type { TariffView } from './tariff-kinds.ts'

/** A time as a `datetime-local` field has it, in UTC. */
const fieldOf = (iso: string) => iso.slice(0, 19)

/** A new price or cost, as the verb takes it. `owner`: the field that says whose it is. */
export function newTariffIn(form: Form, owner: string): object {
  const from = form.text('valid_from')
  return {
    [owner]: form.text(owner),
    prefix: form.text('prefix'),
    channel: form.text('channel'),
    per: form.text('per'),
    amount: form.text('amount').replace(',', '.'),
    currency: form.text('currency').toUpperCase(),
    // The browser's field has no zone; the console shows UTC.
    ...(from && { valid_from: `${from}Z` }),
  }
}

/** The form filled in from a price or cost. */
export function formOf({ prefix, channel, per, amount, valid_from }: TariffView): Form {
  return new Form(new URLSearchParams({ prefix, channel, per, amount, valid_from: fieldOf(valid_from) }))
}

/** What the form changes. An untouched time stays as exact as it is stored. */
export function tariffChangesIn(form: Form, { valid_from }: TariffView): object {
  const from = form.text('valid_from')
  return {
    prefix: form.text('prefix'),
    channel: form.text('channel'),
    per: form.text('per'),
    amount: form.text('amount').replace(',', '.'),
    ...(from !== fieldOf(valid_from) && { valid_from: `${from}Z` }),
  }
}
