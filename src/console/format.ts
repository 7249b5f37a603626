import { type Html, html } from '../html/html.ts'
import { keepNewest } from '../values/keep-newest.ts'
import type { Money } from '../values/money.ts'
import type { Language } from '../words/text.ts'

/** Writes values in a language: times in a time zone, calendar days as they are counted, in UTC. */
export type Format = ReturnType<typeof createFormat>

const LOCALES: Record<Language, string> = { en: 'en-GB', ru: 'ru-RU' }

const formats = new Map<string, Format>()
const FORMATS_MAX = 64

/** Created once per language and zone (IANA): its `Intl` objects take 100 KiB that the garbage collector does not see. */
export function formatOf(language: Language, zone = 'UTC'): Format {
  const name = `${language} ${zone}`
  const known = formats.get(name)
  if (known) return known
  const format = createFormat(language, zone)
  keepNewest(formats, name, format, FORMATS_MAX)
  return format
}

function createFormat(language: Language, zone: string) {
  const locale = LOCALES[language]
  const times = (timeZone: string) => {
    const format = (options: Intl.DateTimeFormatOptions) =>
      new Intl.DateTimeFormat(locale, { timeZone, ...options })
    return {
      date: format({ day: 'numeric', month: language === 'ru' ? '2-digit' : 'short', year: 'numeric' }),
      day: format({ day: 'numeric', month: 'short' }),
      clock: format({ hour: '2-digit', minute: '2-digit', second: '2-digit' }),
      minute: format({ hour: '2-digit', minute: '2-digit' }),
    }
  }
  const utc = times('UTC')
  const local = times(zone)
  const month = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', month: 'long', year: 'numeric' })
  /** A time in the zone, with the time in UTC as its title. */
  const time = (iso: string, write: (at: Date) => Html | string): Html => {
    const at = new Date(iso)
    return html`<time datetime="${iso}" title="${utc.date.format(at)}, ${utc.clock.format(at)} UTC">${write(at)}</time>`
  }
  const number = new Intl.NumberFormat(locale)
  const short = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const inCurrency = (digits: Intl.NumberFormatOptions) => {
    const known = new Map<string, Intl.NumberFormat>()
    return (money: Money | null): string => {
      if (!money) return '–'
      const { currency, amount } = money
      const options = {
        style: 'currency',
        currency,
        currencyDisplay: 'narrowSymbol',
        minimumFractionDigits: 2,
      } as const
      const format = known.get(currency) ?? new Intl.NumberFormat(locale, { ...options, ...digits })
      known.set(currency, format)
      // A string: a number would lose digits of large amounts.
      return format.format(amount as Intl.StringNumericLiteral)
    }
  }
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
      return time(
        iso,
        (at) =>
          html`<span class="nowrap">${local.date.format(at)},</span> <span class="nowrap">${local.clock.format(at)}</span>`,
      )
    },
    clock: (iso: string): Html => time(iso, (at) => local.clock.format(at)),
    /** Hours and minutes. */
    hour: (iso: string) => local.minute.format(new Date(iso)),
    /** `31 Jan, 09:00`, for an hour that was counted. */
    dayAndHour: (iso: string) => `${local.day.format(new Date(iso))}, ${local.minute.format(new Date(iso))}`,
    /** A calendar day (UTC). */
    date: (iso: string) => utc.date.format(new Date(iso)),
    /** A calendar day (UTC) without its year. */
    day: (iso: string) => utc.day.format(new Date(iso)),
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
    /** Exact, to the millionth. */
    money: inCurrency({ maximumFractionDigits: 6 }),
    /** An average: three digits, or whole hundredths. */
    average: inCurrency({
      maximumFractionDigits: 2,
      maximumSignificantDigits: 3,
      roundingPriority: 'morePrecision',
    }),
  }
}
