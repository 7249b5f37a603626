import { getPolicy, updatePolicy } from '../../limits/manage.ts'
import { Policy, PolicyChanges, SimulateInput, SimulationView } from '../../limits/schemas.ts'
import { simulatePolicy } from '../../limits/simulate.ts'
import type { Mount } from '../spec.ts'

const tag = 'Policies'

/** What a tenant allows: limits, destinations, and a trial run of a change. */
export function policyRoutes(mount: Mount): void {
  mount(
    {
      method: 'get',
      path: '/v1/policies',
      tag,
      operationId: 'getPolicy',
      summary: 'The tenant’s policy',
      description: 'What the tenant has not set itself has its default. `null`: switched off.',
      scope: 'admin',
      answers: { 200: { description: 'The policy.', schema: Policy } },
    },
    async (context) => ({ status: 200, body: await getPolicy(context) }),
  )

  mount(
    {
      method: 'patch',
      path: '/v1/policies',
      liveOnly: true,
      tag,
      operationId: 'updatePolicy',
      summary: 'Change the tenant’s policy',
      description: 'Fields that are left out stay as they are. Every process follows within a second.',
      scope: 'admin',
      body: PolicyChanges,
      answers: { 200: { description: 'The policy as it is now.', schema: Policy } },
    },
    async (context, { body }) => ({ status: 200, body: await updatePolicy(context, body) }),
  )

  mount(
    {
      method: 'post',
      path: '/v1/policies/simulate',
      tag,
      operationId: 'simulatePolicy',
      summary: 'Replay past starts against a changed policy',
      description:
        'Changes nothing: says which starts of the last days the changed policy would have denied.',
      scope: 'admin',
      body: SimulateInput,
      answers: { 200: { description: 'What it would have denied.', schema: SimulationView } },
    },
    async (context, { body }) => ({ status: 200, body: await simulatePolicy(context, body) }),
  )
}
