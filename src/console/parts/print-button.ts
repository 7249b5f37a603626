import { type Html, html } from '../../html/html.ts'
import type { Visit } from '../visit.ts'

/** Prints the page; needs the script `print.js`. */
export const printButton = ({ t }: Visit): Html =>
  html`<button type="button" class="quiet" data-print hidden>${t.table.print}</button>`
