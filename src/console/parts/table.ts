import { type Html, html, NONE } from '../../html/html.ts'

/** Rows per page of a list. */
export const PAGE_LENGTH = 25

export type Column = {
  title: string
  numeric?: boolean
  /** How the rows are sorted by this column, and the page with the other order. */
  sort?: { href: string; order: 'ascending' | 'descending' }
  /** Hidden on narrow screens. */
  roomy?: boolean
}

const ARROWS = { ascending: '▲', descending: '▼' }

function head({ title, sort }: Column, classes: string): Html {
  if (!sort) return html`<th scope="col" class="${classes}">${title}</th>`
  return html`<th scope="col" class="${classes}" aria-sort="${sort.order}"><a href="${sort.href}">${title} <span aria-hidden="true">${ARROWS[sort.order]}</span></a></th>`
}

/**
 * A table that scrolls sideways if it is too wide. `empty` replaces a table without rows and says what to do.
 * `sums`: a last row.
 */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Html[])[],
  empty: Html = NONE,
  { showCaption = false, sums = [] }: { showCaption?: boolean; sums?: readonly Html[] } = {},
): Html {
  if (rows.length === 0) return html`<div class="empty">${empty}</div>`
  return html`<div class="wide" role="group" aria-label="${caption}" tabindex="0"><table>
<caption${showCaption ? '' : html` class="hidden"`}>${caption}</caption>
<thead><tr>${columns.map((column) => head(column, classOf(column)))}</tr></thead>
<tbody>${rows.map((cells) => row(columns, cells))}</tbody>${sums.length > 0 ? html`<tfoot>${row(columns, sums)}</tfoot>` : ''}</table></div>`
}

const classOf = ({ numeric, roomy }: Column) =>
  [numeric && 'numeric', roomy && 'roomy'].filter(Boolean).join(' ')

function row(columns: readonly Column[], cells: readonly Html[]): Html {
  return html`<tr>${cells.map((cell, i) => {
    const column = columns[i] ?? { title: '' }
    return i === 0
      ? html`<th scope="row" class="${classOf(column)}">${cell}</th>`
      : html`<td class="${classOf(column)}">${cell}</td>`
  })}</tr>`
}
