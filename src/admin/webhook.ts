import { listDeliveries, redeliver, testEndpoint } from '../events/deliveries.ts'
import {
  createEndpoint,
  deleteEndpoint,
  getEndpoint,
  listEndpoints,
  rotateSecret,
  updateEndpoint,
} from '../events/endpoints.ts'
import { CreateEndpointInput, RotateSecretInput, UpdateEndpointInput } from '../events/schemas.ts'
import { PAGE_MAX } from '../values/pages.ts'
import { command, MODE, type Noun, TENANT } from './command.ts'
import { fieldOptions, readFields } from './fields.ts'
import { everyPage, resourceNoun } from './resource.ts'

const words = ['<whe_…>']
const of = { ...TENANT, ...MODE }

export const webhookNoun: Noun = {
  ...resourceNoun({
    one: 'a webhook endpoint',
    many: 'webhook endpoints',
    id: 'whe_…',
    of,
    create: {
      schema: CreateEndpointInput,
      required: ['url'],
      verb: createEndpoint,
      says: 'Creates a webhook endpoint. Its secret is shown only now.',
    },
    update: { schema: UpdateEndpointInput, verb: updateEndpoint },
    list: listEndpoints,
    get: getEndpoint,
    remove: { verb: deleteEndpoint },
  }),
  rotate: command({
    says: 'Replaces the secret of an endpoint. The new one is shown only now.',
    words,
    options: { ...fieldOptions(RotateSecretInput), ...of },
    async run(installation, values, [id = '']) {
      const input = readFields(RotateSecretInput, values)
      return rotateSecret(await installation.for(values), { id, ...input })
    },
  }),
  test: command({
    says: 'Sends a test event to an endpoint.',
    words,
    options: of,
    run: async (installation, values, [id = '']) => testEndpoint(await installation.for(values), { id }),
  }),
  deliveries: command({
    says: 'Lists the deliveries of an endpoint in the last 30 days, newest first.',
    words,
    options: of,
    async run(installation, values, [id = '']) {
      const context = await installation.for(values)
      return everyPage((cursor) => listDeliveries(context, { id, limit: PAGE_MAX, cursor }))
    },
  }),
  redeliver: command({
    says: 'Sends a delivery again.',
    words: ['<whd_…>'],
    options: of,
    run: async (installation, values, [id = '']) => redeliver(await installation.for(values), { id }),
  }),
}
