import { ask, type Cases, type Scene } from './scene.ts'

/** The POSTs about webhooks. */
export const WEBHOOK_POSTS: Record<string, Cases> = {
  createWebhookEndpoint: {
    made: (scene) => ({ ...newEndpoint(scene), status: 201 }),
  },
  rotateWebhookSecret: {
    rotated: async (scene) => ({
      path: `/v1/webhook-endpoints/${await endpointOf(scene)}/rotate-secret`,
      key: scene.adminKey,
      status: 200,
    }),
  },
  testWebhookEndpoint: {
    tested: async (scene) => ({
      path: `/v1/webhook-endpoints/${await endpointOf(scene)}/test`,
      key: scene.adminKey,
      status: 202,
    }),
  },
  redeliverWebhook: {
    again: async (scene) => {
      const path = `/v1/webhook-endpoints/${await endpointOf(scene)}/test`
      const { id } = await ask(scene, 'POST', path, { key: scene.adminKey })
      return { path: `/v1/webhook-deliveries/${id}/redeliver`, key: scene.adminKey, status: 202 }
    },
  },
}

const newEndpoint = ({ adminKey: key }: Scene) => ({
  path: '/v1/webhook-endpoints',
  // Receives nothing that the other requests cause.
  body: { url: 'http://127.0.0.1:9/hook', event_types: ['finding.created'] },
  key,
})

/** A new endpoint; the last one is deleted, since a tenant can have only some. */
async function endpointOf(scene: Scene): Promise<string> {
  const { path, ...options } = newEndpoint(scene)
  const { data } = await ask(scene, 'GET', path, { key: scene.adminKey })
  if (data[0]) await scene.request('DELETE', `${path}/${data[0].id}`, { key: scene.adminKey })
  return (await ask(scene, 'POST', path, options)).id
}
