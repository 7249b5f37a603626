import { requireLive } from '../../access/livemode.ts'
import { CHANNELS } from '../../channels/channels.ts'
import { AppError } from '../../errors.ts'
import { html, when } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { listAccounts } from '../../routing/accounts.ts'
import { createRoute, deleteRoute, getRoute, updateRoute } from '../../routing/routes.ts'
import { CreateRouteInput, type RouteView, UpdateRouteInput } from '../../routing/schemas.ts'
import { PAGE_MAX } from '../../values/pages.ts'
import { formProblem } from '../fault.ts'
import type { Form } from '../form.ts'
import type { Console } from '../mount.ts'
import { deleteForm, requireTyped } from '../parts/delete-form.ts'
import { draftOf, type RouteDraft, routeForm } from '../parts/route-form.ts'
import { redirect } from '../response.ts'
import type { Member, Page } from '../visit.ts'

const PATH = '/console/routes'

type Shown = { draft: RouteDraft; route?: RouteView; error?: AppError; form?: Form }

/** A route: made, changed, its accounts put in order, deleted. */
export function routePages(console: Console): void {
  console.page(`${PATH}/new`, 'admin', (member) => {
    const { query } = member
    const channel = CHANNELS.find((known) => known === query.channel) ?? 'flash_call'
    const accounts = query.account ? [query.account] : []
    return showRoute(member, { draft: { prefix: '', channel, accounts } })
  })

  console.form(`${PATH}/new`, 'admin', async (member, form) => {
    const { context, c } = member
    const draft = draftOf(form)
    if (form.has('move')) return showRoute(member, { draft })
    try {
      requireLive(context.actor)
      const { id } = await createRoute(context, validate(CreateRouteInput, draft, 'body'))
      return redirect(c, `${PATH}/${id}?saved=1`)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return showRoute(member, { draft, error })
    }
  })

  console.page(`${PATH}/:id`, 'admin', async (member) => {
    const route = await getRoute(member.context, member)
    return showRoute(member, { draft: route, route })
  })

  console.form(`${PATH}/:id`, 'admin', async (member, form) => {
    const { context, c, id } = member
    const route = await getRoute(context, { id })
    const isDeletion = form.text('action') === 'delete'
    const draft = isDeletion ? route : draftOf(form)
    if (form.has('move')) return showRoute(member, { draft, route })
    try {
      requireLive(context.actor)
      if (isDeletion) {
        requireTyped(form, route.prefix, 'prefix_unconfirmed')
        await deleteRoute(context, { id })
        return redirect(c, `${PATH}?removed=1`)
      }
      await updateRoute(context, { id, changes: validate(UpdateRouteInput, draft, 'body') })
      return redirect(c, `${PATH}/${id}?saved=1`)
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'not_found') throw error
      return showRoute(member, { draft, route, error })
    }
  })
}

async function showRoute(member: Member, { draft, route, error }: Shown): Promise<Page> {
  const { t, context, query, user } = member
  const known = await listAccounts(context, { limit: PAGE_MAX })
  const title = route ? `${route.prefix} ${t.channels[route.channel]}` : t.routes.create
  const path = route ? `${PATH}/${route.id}` : `${PATH}/new`
  const isDeletion = error?.options.errors?.some((fault) => fault.path === 'typed_name') ?? false
  return {
    title,
    section: 'operators',
    status: error?.status ?? 200,
    scripts: ['order.js'],
    body: html`<p class="crumbs"><a href="${PATH}">${t.routes.title}</a></p><h1>${title}</h1>
${when(!user.actor.livemode, () => html`<p class="box warn">${t.forms.liveOnly}</p>`)}
${formProblem(member, error ?? null, ['prefix', 'accounts', 'typed_name'])}
${when(query.saved && !error && !draft.moved, () => html`<p class="box good" role="status">${t.routes.saved}</p>`)}
${routeForm(member, path, draft, known.data, error ?? null)}
${when(route, ({ prefix }) =>
  deleteForm(
    member,
    { path, title: t.routes.remove, help: t.routes.removeHelp(prefix), name: prefix },
    isDeletion ? (error ?? null) : null,
  ),
)}`,
  }
}
