import { afterAll } from 'vitest'
import type { ClientContext } from '../../src/context.ts'
import { createEndpoint } from '../../src/events/endpoints.ts'
import { createLanes } from '../../src/events/lanes.ts'
import { CreateEndpointInput, type NewEndpointView } from '../../src/events/schemas.ts'
import { parseId } from '../../src/values/ids.ts'
import type { TestApp } from '../setup/app.ts'
import { answer, type Receiver, startReceiver } from './receiver.ts'

export const uuidOfEndpoint = ({ id }: Pick<NewEndpointView, 'id'>) => parseId('endpoint', id) as string

/** A receiver that stops with the file's tests. */
export async function receiver(react = answer(204)): Promise<Receiver> {
  const started = await startReceiver(react)
  afterAll(() => started.stop())
  return started
}

/** An endpoint of the client, for all types unless `input` says otherwise. */
export function endpointAt(client: ClientContext, url: string, input: Partial<CreateEndpointInput> = {}) {
  return createEndpoint(client, CreateEndpointInput.parse({ url, ...input }))
}

/** Delivers what is due for these endpoints, as a worker does, until nothing is left to send. */
export async function deliver(test: TestApp, ...endpoints: Pick<NewEndpointView, 'id'>[]): Promise<void> {
  const lanes = createLanes(test.worker, { timeoutMs: 2000 })
  for (const endpoint of endpoints) lanes.wake(uuidOfEndpoint(endpoint))
  await lanes.idle()
}

/** Lets time pass for what waits for an endpoint: everything of the next `seconds` is due. */
export async function letPass({ app }: TestApp, endpoint: Pick<NewEndpointView, 'id'>, seconds: number) {
  const id = uuidOfEndpoint(endpoint)
  await app.db.sql`
    update webhook_deliveries set due_at = due_at - make_interval(secs => ${seconds})
    where endpoint_id = ${id} and due_at is not null`
  await app.db.sql`
    update webhook_endpoints set failing_since = failing_since - make_interval(secs => ${seconds}),
      resumes_at = resumes_at - make_interval(secs => ${seconds}), former_until = former_until - make_interval(secs => ${seconds})
    where id = ${id}`
}

export type Stored = {
  type: string
  sequence: number | null
  status: string
  tries: number
  eventId: string
  dueIn: number | null
}

/** What is stored for an endpoint, in order. */
export function storedFor({ app }: TestApp, endpoint: Pick<NewEndpointView, 'id'>) {
  return app.db.sql<Stored[]>`
    select type, sequence, status, tries, event_id, extract(epoch from due_at - now())::float8 as due_in
    from webhook_deliveries where endpoint_id = ${uuidOfEndpoint(endpoint)} order by id`
}
