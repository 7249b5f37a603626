import { LANGUAGES } from '../../words/text.ts'
import { cookie } from '../cookies.ts'
import type { Console } from '../mount.ts'
import { ownPath, redirect } from '../response.ts'
import { THEMES } from '../visit.ts'

const YEAR_SECONDS = 365 * 24 * 3600

/** Language and theme, kept in cookies. */
export function preferences(console: Console): void {
  console.openForm('/console/preferences', ({ c, secure }, form) => {
    const language = LANGUAGES.find((known) => known === form.text('language'))
    const theme = THEMES.find((known) => known === form.text('theme'))
    const options = { secure, maxAgeSeconds: YEAR_SECONDS }
    return redirect(c, ownPath(form.text('back')), [
      ...(language ? [cookie('language', language, options)] : []),
      ...(theme ? [cookie('theme', theme, options)] : []),
    ])
  })
}
