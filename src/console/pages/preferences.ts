import { invalid } from '../../errors.ts'
import { LANGUAGES } from '../../words/text.ts'
import { cookie } from '../cookies.ts'
import type { Console } from '../mount.ts'
import { ownPath, redirect } from '../response.ts'
import { THEMES } from '../visit.ts'
import { zoneOf } from '../zone.ts'

const YEAR_SECONDS = 365 * 24 * 3600

/** Language, theme and time zone, kept in cookies. */
export function preferences(console: Console): void {
  console.openForm('/console/preferences', ({ c, secure }, form) => {
    const language = LANGUAGES.find((known) => known === form.text('language'))
    const theme = THEMES.find((known) => known === form.text('theme'))
    const [zone] = form.all('zone').filter(Boolean)
    const options = { secure, maxAgeSeconds: YEAR_SECONDS }
    return redirect(c, ownPath(form.text('back')), [
      ...(language ? [cookie('language', language, options)] : []),
      ...(theme ? [cookie('theme', theme, options)] : []),
      ...(zone ? [zoneCookie(zone, options)] : []),
    ])
  })
}

/** `browser` forgets the choice. Throws 422 for an unknown zone. */
function zoneCookie(name: string, options: { secure: boolean; maxAgeSeconds: number }): string {
  if (name === 'browser') return cookie('zone', '', { ...options, maxAgeSeconds: 0 })
  const zone = zoneOf(name)
  if (!zone) throw invalid('zone', 'time_zone')
  return cookie('zone', zone, options)
}
