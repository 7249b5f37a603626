import { type Html, html } from '../../html/html.ts'

/** Holds the place of what a live page is about to show, so that nothing moves when it comes. */
export const skeleton = (of: 'tall' | 'rows'): Html =>
  html`<div class="skeleton ${of}" aria-hidden="true"><span></span><span></span><span></span></div>`
