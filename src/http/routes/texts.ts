import { getTexts, updateTexts } from '../../texts/manage.ts'
import { TextsChanges, TextsView } from '../../texts/schemas.ts'
import type { Mount } from '../spec.ts'

const tag = 'Texts'

/** A tenant's texts of SMS and voice calls. */
export function textsRoutes(mount: Mount): void {
  mount(
    {
      method: 'get',
      path: '/v1/texts',
      tag,
      operationId: 'getTexts',
      summary: 'Get the tenant’s texts of SMS and voice calls',
      description:
        'With a preview of every language, built-in ones included. Placeholders: `{code}`, `{app}`, `{ttl_minutes}`.',
      scope: 'admin',
      answers: { 200: { description: 'The texts.', schema: TextsView } },
    },
    async (context) => ({ status: 200, body: await getTexts(context) }),
  )

  mount(
    {
      method: 'patch',
      path: '/v1/texts',
      liveOnly: true,
      tag,
      operationId: 'updateTexts',
      summary: 'Update the tenant’s texts',
      description:
        'Omitted fields and languages keep theirs; `null` removes one. The change applies in every process within a second.',
      scope: 'admin',
      body: TextsChanges,
      answers: { 200: { description: 'The updated texts.', schema: TextsView } },
    },
    async (context, { body }) => ({ status: 200, body: await updateTexts(context, body) }),
  )
}
