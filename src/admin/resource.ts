import type { z } from '@hono/zod-openapi'
import type { ClientContext } from '../context.ts'
import type { Page } from '../values/pages.ts'
import { PAGE_MAX } from '../values/pages.ts'
import { command, type Noun, type Options, TENANT } from './command.ts'
import { fieldOptions, readFields } from './fields.ts'

type Verb<Input> = (context: ClientContext, input: Input) => Promise<object>
type Id = { id: string }

type Administered<Create extends z.ZodObject, Update extends z.ZodObject> = {
  /** As help names it: `a route`. */
  one: string
  many: string
  /** The placeholder of its id: `rte_…`. */
  id: string
  /** What it belongs to: nothing to choose for what belongs to the installation. */
  of?: Options
  create: { schema: Create; required: readonly string[]; verb: Verb<z.infer<Create>>; says?: string }
  update?: { schema: Update; verb: Verb<Id & { changes: z.infer<Update> }>; says?: string }
  list: (
    context: ClientContext,
    query: { limit: number; cursor?: string | undefined },
  ) => Promise<Page<object>>
  get: (context: ClientContext, input: Id) => Promise<object>
  remove: {
    name?: 'delete' | 'revoke'
    verb: (context: ClientContext, input: Id) => Promise<unknown>
    says?: string
  }
}

/** The commands of something that the API creates, lists, shows, changes and deletes. */
export function resourceNoun<Create extends z.ZodObject, Update extends z.ZodObject>({
  one,
  many,
  id: placeholder,
  of = TENANT,
  create,
  update,
  list,
  get,
  remove,
}: Administered<Create, Update>): Noun {
  const words = [`<${placeholder}>`]
  const { name = 'delete', says = `${name === 'delete' ? 'Deletes' : 'Revokes'} ${one}.` } = remove
  return {
    create: command({
      says: create.says ?? `Creates ${one}.`,
      options: { ...fieldOptions(create.schema, create.required), ...of },
      run: async (installation, values) =>
        create.verb(await installation.for(values), readFields(create.schema, values)),
    }),
    list: command({
      says: `Lists all ${many}, newest first.`,
      options: of,
      async run(installation, values) {
        const context = await installation.for(values)
        return everyPage((cursor) => list(context, { limit: PAGE_MAX, cursor }))
      },
    }),
    show: command({
      says: `Shows ${one}.`,
      words,
      options: of,
      run: async (installation, values, [id = '']) => get(await installation.for(values), { id }),
    }),
    ...(update && {
      update: command({
        says: update.says ?? `Changes ${one}: only what is given.`,
        words,
        options: { ...fieldOptions(update.schema), ...of },
        async run(installation, values, [id = '']) {
          const changes = readFields(update.schema, values)
          return update.verb(await installation.for(values), { id, changes })
        },
      }),
    }),
    [name]: command({
      says,
      words,
      options: of,
      async run(installation, values, [id = '']) {
        await remove.verb(await installation.for(values), { id })
        return { id, [`${name}d`]: true }
      },
    }),
  }
}

/** All entries of a list, from every page. */
export async function everyPage<T>(
  page: (cursor: string | undefined) => Promise<{ data: T[]; next_cursor: string | null }>,
): Promise<T[]> {
  const all: T[] = []
  for (let cursor: string | undefined; ; ) {
    const { data, next_cursor } = await page(cursor)
    all.push(...data)
    if (next_cursor === null) return all
    cursor = next_cursor
  }
}
