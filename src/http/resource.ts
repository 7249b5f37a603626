import type { z } from '@hono/zod-openapi'
import type { ClientContext } from '../context.ts'
import type { ErrorCode } from '../errors.ts'
import type { PageInput } from '../input/cursor.ts'
import { PageQuery, pageOf } from './common-schemas.ts'
import type { Mount } from './spec.ts'

export type Resource<View extends { id: string }, Create, Update> = {
  path: string
  tag: string
  /** `ApiKey`: for the names of operations and schemas. */
  name: string
  /** `API key`: for sentences. */
  noun: string
  /** Only live keys add, change and take away. */
  liveOnly?: boolean
  view: z.ZodType<View>
  /** What creation answers, where that is more. */
  createdView?: z.ZodType
  /** What a change answers, where that is more. */
  updatedView?: z.ZodType
  create: z.ZodType<Create>
  update: z.ZodType<Update>
  descriptions?: { create?: string; list?: string; update?: string; remove?: string }
  errors?: { create?: ErrorCode[]; update?: ErrorCode[]; remove?: ErrorCode[] }
  verbs: {
    create(context: ClientContext, input: Create): Promise<View>
    list(context: ClientContext, query: PageInput): Promise<{ data: View[]; next_cursor: string | null }>
    get(context: ClientContext, input: { id: string }): Promise<View>
    update(context: ClientContext, input: { id: string; changes: Update }): Promise<View>
    remove(context: ClientContext, input: { id: string }): Promise<void>
  }
}

/** The five routes of something that is administered. */
export function mountResource<View extends { id: string }, Create, Update>(
  mount: Mount,
  resource: Resource<View, Create, Update>,
): void {
  const { path, tag, name, noun, view, verbs, liveOnly, descriptions = {}, errors = {} } = resource
  const one = `${path}/{id}`
  const common = { tag, scope: 'admin' as const }

  mount(
    {
      ...common,
      method: 'post',
      path,
      liveOnly,
      operationId: `create${name}`,
      summary: `Add: ${noun}`,
      description: descriptions.create,
      body: resource.create,
      answers: {
        201: {
          description: 'Added.',
          schema: resource.createdView ?? view,
          headers: { Location: 'Where it is.' },
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
      summary: `List, newest first: ${noun}`,
      description: descriptions.list,
      query: PageQuery,
      answers: { 200: { description: 'A page.', schema: pageOf(view, `${name}Page`) } },
    },
    async (context, { query }) => ({ status: 200, body: await verbs.list(context, query) }),
  )

  mount(
    {
      ...common,
      method: 'get',
      path: one,
      operationId: `get${name}`,
      summary: `Look up: ${noun}`,
      answers: { 200: { description: 'Found.', schema: view } },
    },
    async (context, { id }) => ({ status: 200, body: await verbs.get(context, { id }) }),
  )

  mount(
    {
      ...common,
      method: 'patch',
      path: one,
      liveOnly,
      operationId: `update${name}`,
      summary: `Change: ${noun}`,
      description: descriptions.update,
      body: resource.update,
      answers: { 200: { description: 'Changed.', schema: resource.updatedView ?? view } },
      errors: errors.update,
    },
    async (context, { id, body }) => ({
      status: 200,
      body: await verbs.update(context, { id, changes: body }),
    }),
  )

  mount(
    {
      ...common,
      method: 'delete',
      path: one,
      liveOnly,
      operationId: `delete${name}`,
      summary: `Take away: ${noun}`,
      description: descriptions.remove,
      answers: { 204: { description: 'Done.' } },
      errors: errors.remove,
    },
    async (context, { id }) => {
      await verbs.remove(context, { id })
      return { status: 204 }
    },
  )
}
