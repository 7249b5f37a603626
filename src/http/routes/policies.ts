import { getPolicy, updatePolicy } from '../../limits/manage.ts'
import { Policy, PolicyChanges, SimulateInput, SimulationView } from '../../limits/schemas.ts'
import { simulatePolicy } from '../../limits/simulate.ts'
import type { Mount } from '../spec.ts'

const tag = 'Policies'

/** A tenant's policy: limits, destinations, and simulating a change. */
export function policyRoutes(mount: Mount): void {
  mount(
    {
      method: 'get',
      path: '/v1/policies',
      tag,
      operationId: 'getPolicy',
      summary: 'Get the tenant’s policy',
      description: 'Fields that the tenant has not set have their defaults. `null` means that a rule is off.',
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
      summary: 'Update the tenant’s policy',
      description: 'Omitted fields keep their values. The change applies in every process within a second.',
      scope: 'admin',
      body: PolicyChanges,
      answers: { 200: { description: 'The updated policy.', schema: Policy } },
    },
    async (context, { body }) => ({ status: 200, body: await updatePolicy(context, body) }),
  )

  mount(
    {
      method: 'post',
      path: '/v1/policies/simulate',
      tag,
      operationId: 'simulatePolicy',
      summary: 'Simulate a changed policy on past starts',
      description:
        'Replays the starts of recent days and reports which ones the changed policy would have denied. Limits on wrong codes refuse checks, not starts, and are not replayed. Changes nothing.',
      scope: 'admin',
      body: SimulateInput,
      answers: { 200: { description: 'What the policy would have denied.', schema: SimulationView } },
    },
    async (context, { body }) => ({ status: 200, body: await simulatePolicy(context, body) }),
  )
}
