import { html, raw } from 'hono/html'

/** A piece of a page. Interpolated values are escaped. */
export type Html = ReturnType<typeof html>

export { html, raw }

/** An empty piece. */
export const NONE: Html = raw('')

/** `content` of a truthy `condition`; otherwise an empty piece. */
export function when<T>(condition: T, content: (value: NonNullable<T>) => Html): Html {
  return condition ? content(condition) : NONE
}
