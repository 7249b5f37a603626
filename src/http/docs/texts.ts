import { type Html, html } from '../../html/html.ts'

export type Texts = {
  /** A line whose pieces in backticks are code, and link to what they name. */
  inline(text: string): Html
  /** Paragraphs, separated by an empty line. Lines that begin with a hyphen are a list. */
  paragraphs(text: string): Html
}

/** Texts of the OpenAPI document as HTML. `hrefOf`: the address of what stands in backticks. */
export function createTexts(hrefOf: (name: string) => string | undefined): Texts {
  const inline = (text: string): Html =>
    html`${text.split('`').map((piece, i) => {
      if (i % 2 === 0) return piece
      const href = hrefOf(piece)
      return href ? html`<a href="${href}"><code>${piece}</code></a>` : html`<code>${piece}</code>`
    })}`
  return {
    inline,
    paragraphs: (text) =>
      html`${text
        .split('\n\n')
        .map((paragraph) =>
          paragraph.startsWith('- ')
            ? html`<ul>${paragraph.split('\n').map((line) => html`<li>${inline(line.slice(2))}</li>`)}</ul>`
            : html`<p>${inline(paragraph)}</p>`,
        )}`,
  }
}
