import { html, raw } from 'hono/html'

/** A piece of a page. What is put into one is escaped. */
export type Html = ReturnType<typeof html>

export { html }

/** Nothing at all. */
export const NONE: Html = raw('')

/** `content` where `condition` holds. */
export function when<T>(condition: T, content: (value: NonNullable<T>) => Html): Html {
  return condition ? content(condition) : NONE
}
