import { listDeliveries, redeliver, testEndpoint } from '../../events/deliveries.ts'
import {
  createEndpoint,
  deleteEndpoint,
  getEndpoint,
  listEndpoints,
  rotateSecret,
  updateEndpoint,
} from '../../events/endpoints.ts'
import {
  CreateEndpointInput,
  DeliveryView,
  EndpointView,
  NewEndpointView,
  RotateSecretInput,
  UpdateEndpointInput,
} from '../../events/schemas.ts'
import { seenEverywhere } from '../../process/caches.ts'
import { NoBody, PageQuery, pageOf } from '../common-schemas.ts'
import { mountResource } from '../resource.ts'
import type { Mount } from '../spec.ts'

const tag = 'Webhooks'
const path = '/v1/webhook-endpoints'

/** Answers a change once all processes apply it: no event after the answer is missed. */
async function everywhere<T>(change: Promise<T>): Promise<T> {
  const result = await change
  await seenEverywhere()
  return result
}

/** Endpoints that receive events, and what became of each delivery. */
export function webhookRoutes(mount: Mount): void {
  mountResource(mount, {
    path,
    tag,
    name: 'WebhookEndpoint',
    one: 'a webhook endpoint',
    many: 'webhook endpoints',
    view: EndpointView,
    createdView: NewEndpointView,
    create: CreateEndpointInput,
    update: UpdateEndpointInput,
    descriptions: {
      create:
        'Ringproof posts events to the URL by Standard Webhooks 1.0: all that happen after this response, which takes a second. Each body is `{ "type", "timestamp", "data": { "verification", "sequence" } }`: the verification as `GET` shows it after the event, and a number that rises within it. Only this response contains the `secret`.',
      list: 'The endpoints of the tenant in the mode of the key.',
      update:
        'Applies to all events after this response, which takes a second. Events of a disabled endpoint are not kept; what waited when it was disabled is sent once it is enabled.',
      remove: 'What waits for the endpoint is not sent.',
    },
    errors: { create: ['conflict'] },
    verbs: {
      create: (context, input) => everywhere(createEndpoint(context, input)),
      list: listEndpoints,
      get: getEndpoint,
      update: (context, input) => everywhere(updateEndpoint(context, input)),
      remove: deleteEndpoint,
    },
  })

  mount(
    {
      method: 'post',
      path: `${path}/{id}/rotate-secret`,
      tag,
      operationId: 'rotateWebhookSecret',
      summary: 'Rotate the secret of a webhook endpoint',
      description:
        'For `overlap_seconds` (a day by default), requests carry two signatures: by the new and by the former secret.',
      scope: 'admin',
      body: RotateSecretInput,
      bodyOptional: true,
      answers: { 200: { description: 'The endpoint with its new secret.', schema: NewEndpointView } },
    },
    async (context, { id, body }) => ({ status: 200, body: await rotateSecret(context, { id, ...body }) }),
  )

  mount(
    {
      method: 'post',
      path: `${path}/{id}/test`,
      tag,
      operationId: 'testWebhookEndpoint',
      summary: 'Send a test event to a webhook endpoint',
      description:
        'Sends `webhook.test`, whatever types the endpoint receives, with the same signature and tries as any other. The outcome is in its deliveries.',
      scope: 'admin',
      body: NoBody,
      bodyOptional: true,
      answers: { 202: { description: 'The delivery.', schema: DeliveryView } },
      errors: ['conflict'],
    },
    async (context, { id }) => ({ status: 202, body: await testEndpoint(context, { id }) }),
  )

  mount(
    {
      method: 'get',
      path: `${path}/{id}/deliveries`,
      tag,
      operationId: 'listWebhookDeliveries',
      summary: 'List the deliveries of a webhook endpoint, newest first',
      description: 'Of the last 30 days, with the answer to the last try.',
      scope: 'admin',
      query: PageQuery,
      answers: {
        200: { description: 'A page of deliveries.', schema: pageOf(DeliveryView, 'WebhookDeliveryPage') },
      },
    },
    async (context, { id, query }) => ({
      status: 200,
      body: await listDeliveries(context, { id, ...query }),
    }),
  )

  mount(
    {
      method: 'post',
      path: '/v1/webhook-deliveries/{id}/redeliver',
      tag,
      operationId: 'redeliverWebhook',
      summary: 'Send a webhook delivery again',
      description:
        'Sends the same body under the same `webhook-id` at once, with all tries, whatever became of it before.',
      scope: 'admin',
      body: NoBody,
      bodyOptional: true,
      answers: { 202: { description: 'The delivery.', schema: DeliveryView } },
      errors: ['conflict'],
    },
    async (context, { id }) => ({ status: 202, body: await redeliver(context, { id }) }),
  )
}
