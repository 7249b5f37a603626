import { type Html, html } from '../../html/html.ts'
import type { Visit } from '../visit.ts'
import type { AuditTrail } from './story.ts'
import { table } from './table.ts'
import { eventName } from './timeline.ts'

/** The events as stored. */
export function eventsTable(visit: Visit, events: AuditTrail['data']): Html {
  const { t, format } = visit
  return table(
    t.chain.events,
    [
      { title: t.chain.event },
      { title: t.chain.at },
      { title: t.chain.by },
      { title: t.chain.data },
      { title: t.chain.hash },
    ],
    events.map((event) => [
      html`<code title="${eventName(visit, event.type)}">${event.type}</code>`,
      format.moment(event.at),
      html`<code class="cut" title="${event.actor}">${event.actor}</code>`,
      html`<code class="data">${JSON.stringify(event.data)}</code>`,
      html`<code class="nowrap" title="${event.hash}">${event.hash.slice(0, 12)}…</code>`,
    ]),
  )
}
