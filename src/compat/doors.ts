import { type AuthenticateDoor, createDoorAuthentication } from '../access/door.ts'
import type { KeyThrottle } from '../access/key-throttle.ts'
import type { App } from '../context.ts'
import type { Leases } from '../idempotency/lease.ts'
import { type AwaitCode, type AwaitEnd, type AwaitNumber, awaitCode, awaitEnd, awaitNumber } from './await.ts'
import { type StartAtDoor, startAtDoor } from './start.ts'
import { createWatch } from './watch.ts'

/**
 * What a door for existing clients needs; one per API process. A door parses its operator's form, calls these,
 * and answers in the operator's form:
 *
 * 1. `authenticate` finds the credential. Null: the operator's words for a wrong one. The request's verbs get the
 *    context `{ ...app, actor: door.actor, requestId }`.
 * 2. `start` starts a verification and gives its `number`, the id that the client keeps. A repeat within ten
 *    seconds gets the same. Throws 503 too if too many wait.
 * 3. `awaitCode` waits for the code to hand out, `awaitEnd` for the end of the call, `awaitNumber` for
 *    a number that the person calls.
 * 4. `findCall` and `listCalls` (`calls.ts`) read what statuses and billing rows show, `getBalance`
 *    (`billing/balance.ts`) the money; `get` (`verifications/read.ts`) has `call_to` of an inbound call.
 *
 * Whatever they throw is an `AppError`; `code` and `options.rateLimit` say which words of the operator fit.
 */
export type Doors = {
  authenticate: AuthenticateDoor
  start: StartAtDoor
  awaitCode: AwaitCode
  awaitEnd: AwaitEnd
  awaitNumber: AwaitNumber
}

/** `throttle`: the one of wrong keys; `leases`: those of the process. */
export function createDoors(
  app: App,
  { throttle, leases }: { throttle: KeyThrottle; leases: Leases },
): Doors {
  const watch = createWatch(app)
  return {
    authenticate: createDoorAuthentication(app, throttle),
    async start(context, input) {
      watch.requireRoom(context.actor.tenantId)
      return startAtDoor(leases, context, input)
    },
    awaitCode: (context, id, within) => awaitCode(watch, context, id, within),
    awaitEnd: (context, id, within) => awaitEnd(watch, context, id, within),
    awaitNumber: (context, id, within) => awaitNumber(watch, context, id, within),
  }
}
