import { type Html, html } from '../../html/html.ts'

/** A text whose pieces in backticks become `<code>`, as OpenAPI viewers show them. */
export function withCode(text: string): Html[] {
  return text.split('`').map((piece, i) => (i % 2 ? html`<code>${piece}</code>` : html`${piece}`))
}
