import { AppError } from '../../errors.ts'
import { createEndpoint, listEndpoints } from '../../events/endpoints.ts'
import { CreateEndpointInput, type EndpointView, type NewEndpointView } from '../../events/schemas.ts'
import { type Html, html, when } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { Form } from '../form.ts'
import type { Console } from '../mount.ts'
import { endpointForm, endpointInput, endpointState, webhookSecret } from '../parts/endpoint.ts'
import { withQuery } from '../parts/export.ts'
import { PAGE_LENGTH, table } from '../parts/table.ts'
import type { Member, Page } from '../visit.ts'
import { problemBox } from './errors.ts'

const PATH = '/console/webhooks'

type State = { form: Form; error: AppError | null; made: NewEndpointView | null }

/** Webhook endpoints: list and create. */
export function webhooksPages(console: Console): void {
  console.page(PATH, 'admin', (member) =>
    showEndpoints(member, { form: new Form(), error: null, made: null }),
  )

  console.form(PATH, 'admin', async (member, form) => {
    try {
      const input = validate(CreateEndpointInput, endpointInput(form), 'body')
      const made = await createEndpoint(member.context, input)
      return await showEndpoints(member, { form: new Form(), error: null, made })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return showEndpoints(member, { form, error, made: null })
    }
  })
}

async function showEndpoints(member: Member, { form, error, made }: State): Promise<Page> {
  const { t, context, query } = member
  const page = await listEndpoints(context, { limit: PAGE_LENGTH, cursor: query.cursor || undefined })
  return {
    title: t.nav.webhooks,
    section: 'webhooks',
    status: error?.status ?? 200,
    body: html`<div class="head"><h1>${t.nav.webhooks}</h1></div><p class="soft">${t.webhooks.intro}</p>
${when(query.deleted && !made && !error, () => html`<p class="box good" role="status">${t.webhooks.deleted}</p>`)}
${when(made, (fresh) => webhookSecret(member, t.webhooks.made, fresh.secret))}
${endpointsTable(member, page.data)}
<nav class="pager" aria-label="${t.table.pages}">${when(page.next_cursor, (cursor) => html`<a class="button" href="${withQuery(PATH, { cursor })}">${t.table.older}</a>`)}</nav>
<section aria-labelledby="new"><h2 id="new">${t.webhooks.create}</h2>${problemBox(member, error)}${endpointForm(member, PATH, form, t.webhooks.create)}</section>`,
  }
}

function endpointsTable(member: Member, endpoints: readonly EndpointView[]): Html {
  const { t, format } = member
  return table(
    t.nav.webhooks,
    [
      { title: t.webhooks.url },
      { title: t.webhooks.state },
      { title: t.webhooks.types, roomy: true },
      { title: t.webhooks.createdAt, roomy: true },
    ],
    endpoints.map((endpoint) => [
      html`<a href="${PATH}/${endpoint.id}" class="cut" title="${endpoint.url}">${endpoint.url}</a> <span class="soft">${endpoint.description ?? ''}</span>`,
      endpointState(member, endpoint),
      html`${endpoint.event_types?.join(', ') ?? t.webhooks.allTypes}`,
      format.moment(endpoint.created_at),
    ]),
    html`<p>${t.webhooks.none}</p>`,
  )
}
