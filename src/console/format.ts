import { type Html, html } from '../html/html.ts'
import type { Money } from '../values/money.ts'
import type { Language } from '../words/text.ts'

/** Writes values in a language. All times are UTC. */
export type Format = ReturnType<typeof createFormat>

const LOCALES: Record<Language, string> = { en: 'en-GB', ru: 'ru-RU' }

const formats = new Map<Language, Format>()

/** Created once per language: its `Intl` objects take 100 KiB that the garbage collector does not see. */
export function formatOf(language: Language): Format {
  const known = formats.get(language)
  if (known) return known
  const format = createFormat(language)
  formats.set(language, format)
  return format
}

function createFormat(language: Language) {
  const locale = LOCALES[language]
  const utc = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options })
  const date = utc({ day: 'numeric', month: language === 'ru' ? '2-digit' : 'short', year: 'numeric' })
  const day = utc({ day: 'numeric', month: 'short' })
  const clock = utc({ hour: '2-digit', minute: '2-digit', second: '2-digit' })
  const minute = utc({ hour: '2-digit', minute: '2-digit' })
  const month = utc({ month: 'long', year: 'numeric' })
  const number = new Intl.NumberFormat(locale)
  const short = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const currencies = new Map<string, Intl.NumberFormat>()
  const inCurrency = (currency: string) =>
    new Intl.NumberFormat(locale, {
      style: 'currency',
      currency,
      currencyDisplay: 'narrowSymbol',
      minimumFractionDigits: 2,
      maximumFractionDigits: 6,
    })
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })
  const regions = new Intl.DisplayNames(locale, { type: 'region' })

  return {
    number: (value: number) => number.format(value),
    percent: (share: number) => percent.format(share),
    /** At most one decimal. */
    tenths: (value: number) => short.format(value),
    /** `Germany (DE)`, from ISO 3166 alpha-2. */
    country(code: string): string {
      return /^[A-Z]{2}$/.test(code) ? `${regions.of(code)} (${code})` : code
    },
    /** A date and time, machine-readable too. */
    moment: (iso: string | null): Html => {
      if (iso === null) return html`<span class="soft">–</span>`
      const at = new Date(iso)
      return html`<time datetime="${iso}"><span class="nowrap">${date.format(at)},</span> <span class="nowrap">${clock.format(at)}</span></time>`
    },
    clock: (iso: string): Html => html`<time datetime="${iso}">${clock.format(new Date(iso))}</time>`,
    date: (iso: string) => date.format(new Date(iso)),
    day: (iso: string) => day.format(new Date(iso)),
    hour: (iso: string) => minute.format(new Date(iso)),
    month: (iso: string) => month.format(new Date(iso)),
    /** `1.2 s`, `340 ms`, `2 min 5 s`: rounded before it is split, so that 59.96 s becomes a minute. */
    duration(seconds: number | null, units: { ms: string; s: string; min: string }): string {
      if (seconds === null) return '–'
      const ms = Math.round(seconds * 1000)
      if (ms < 1000) return `${number.format(ms)}\u00a0${units.ms}`
      const tenths = Math.round(seconds * 10)
      if (tenths < 600) return `${short.format(tenths / 10)}\u00a0${units.s}`
      const whole = Math.round(seconds)
      const [minutes, rest] = [Math.floor(whole / 60), whole % 60]
      return `${number.format(minutes)}\u00a0${units.min} ${rest}\u00a0${units.s}`
    },
    money(money: Money | null): string {
      if (!money) return '–'
      const known = currencies.get(money.currency) ?? inCurrency(money.currency)
      currencies.set(money.currency, known)
      // A string: a number would lose digits of large amounts.
      return known.format(money.amount as Intl.StringNumericLiteral)
    },
  }
}
