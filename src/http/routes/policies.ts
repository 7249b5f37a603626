import { RotateSecretInput } from '../../events/schemas.ts'
import { getPolicy, updatePolicy } from '../../limits/manage.ts'
import { rotateHookSecret } from '../../limits/manage-hook.ts'
import {
  ChangedPolicy,
  Policy,
  PolicyChanges,
  RotatedHook,
  SimulateInput,
  SimulationView,
} from '../../limits/schemas.ts'
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
      description:
        'Omitted fields keep their values. The change applies in every process within a second. If it creates the `start_hook`, only this response contains its `secret`; a later change keeps the secret, null deletes it.',
      scope: 'admin',
      body: PolicyChanges,
      answers: { 200: { description: 'The updated policy.', schema: ChangedPolicy } },
    },
    async (context, { body }) => ({ status: 200, body: await updatePolicy(context, body) }),
  )

  mount(
    {
      method: 'post',
      path: '/v1/policies/start-hook/rotate-secret',
      liveOnly: true,
      tag,
      operationId: 'rotateStartHookSecret',
      summary: 'Rotate the secret of the start hook',
      description:
        'For `overlap_seconds` (a day by default), requests carry two signatures: by the new and by the former secret.',
      scope: 'admin',
      body: RotateSecretInput,
      bodyOptional: true,
      answers: { 200: { description: 'The hook with its new secret.', schema: RotatedHook } },
      errors: ['not_found'],
    },
    async (context, { body }) => ({ status: 200, body: await rotateHookSecret(context, body) }),
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
