import type { z } from '@hono/zod-openapi'
import type { ClientContext } from '../context.ts'
import type { ErrorCode } from '../errors.ts'
import type { PageInput } from '../input/cursor.ts'
import { PageQuery, pageOf } from './common-schemas.ts'
import type { Mount } from './spec.ts'

export type Resource<View extends { id: string }, Create, Update> = {
  path: string
  tag: string
  /** For operation ids and schema names, e.g. `ApiKey`. */
  name: string
  /** For summaries, with its article, e.g. `an API key`. */
  one: string
  /** For summaries, e.g. `API keys`. */
  many: string
  /** Creating, updating and deleting require a live key. */
  liveOnly?: boolean
  view: z.ZodType<View>
  /** The response to create, if it has more than `view`. */
  createdView?: z.ZodType
  /** The response to update, if it has more than `view`. */
  updatedView?: z.ZodType
  create: z.ZodType<Create>
  /** Without it and its verb, the resource cannot be changed. */
  update?: z.ZodType<Update>
  descriptions?: { create?: string; list?: string; get?: string; update?: string; remove?: string }
  errors?: { create?: ErrorCode[]; update?: ErrorCode[]; remove?: ErrorCode[] }
  verbs: {
    create(context: ClientContext, input: Create): Promise<View>
    list(context: ClientContext, query: PageInput): Promise<{ data: View[]; next_cursor: string | null }>
    get(context: ClientContext, input: { id: string }): Promise<View>
    update?(context: ClientContext, input: { id: string; changes: Update }): Promise<View>
    remove(context: ClientContext, input: { id: string }): Promise<void>
  }
}

/** Mounts the routes of a resource: create, list, get, update, delete. */
export function mountResource<View extends { id: string }, Create, Update>(
  mount: Mount,
  resource: Resource<View, Create, Update>,
): void {
  const { path, tag, name, one, many, view, verbs, liveOnly, descriptions = {}, errors = {} } = resource
  const pathOfOne = `${path}/{id}`
  const common = { tag, scope: 'admin' as const }

  mount(
    {
      ...common,
      method: 'post',
      path,
      liveOnly,
      operationId: `create${name}`,
      summary: `Create ${one}`,
      description: descriptions.create,
      body: resource.create,
      answers: {
        201: {
          description: 'Created.',
          schema: resource.createdView ?? view,
          headers: { Location: 'The path of what was created.' },
        },
      },
      errors: errors.create,
    },
    async (context, { body }) => {
      const created = await verbs.create(context, body)
      return { status: 201, headers: { location: `${path}/${created.id}` }, body: created }
    },
  )

  mount(
    {
      ...common,
      method: 'get',
      path,
      operationId: `list${name}s`,
      summary: `List ${many}, newest first`,
      description: descriptions.list ?? 'Secrets are not shown.',
      query: PageQuery,
      answers: { 200: { description: `A page of ${many}.`, schema: pageOf(view, `${name}Page`) } },
    },
    async (context, { query }) => ({ status: 200, body: await verbs.list(context, query) }),
  )

  mount(
    {
      ...common,
      method: 'get',
      path: pathOfOne,
      operationId: `get${name}`,
      summary: `Get ${one}`,
      description: descriptions.get ?? 'As it is now, without its secrets.',
      answers: { 200: { description: 'Found.', schema: view } },
    },
    async (context, { id }) => ({ status: 200, body: await verbs.get(context, { id }) }),
  )

  const { update } = verbs
  if (update)
    mount(
      {
        ...common,
        method: 'patch',
        path: pathOfOne,
        liveOnly,
        operationId: `update${name}`,
        summary: `Update ${one}`,
        description: descriptions.update,
        body: resource.update,
        answers: { 200: { description: 'Updated.', schema: resource.updatedView ?? view } },
        errors: errors.update,
      },
      async (context, { id, body }) => ({
        status: 200,
        body: await update(context, { id, changes: body }),
      }),
    )

  mount(
    {
      ...common,
      method: 'delete',
      path: pathOfOne,
      liveOnly,
      operationId: `delete${name}`,
      summary: `Delete ${one}`,
      description: descriptions.remove,
      answers: { 204: { description: 'Deleted.' } },
      errors: errors.remove,
    },
    async (context, { id }) => {
      await verbs.remove(context, { id })
      return { status: 204 }
    },
  )
}
