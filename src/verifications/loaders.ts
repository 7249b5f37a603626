import { lockCalls } from '../billing/call.ts'
import type { Channel } from '../channels/channels.ts'
import type { App } from '../context.ts'
import type { Loaders, Member } from '../draft/slices.ts'
import { lockGuesses } from '../limits/guesses.ts'
import { claimOf } from '../limits/start-claim.ts'
import { lockStarts } from '../limits/start-counters.ts'
import { openAccess } from '../routing/access.ts'
import { saveRest } from './rest.ts'

type Parts = Pick<
  App,
  'secrets' | 'routing' | 'policies' | 'texts' | 'priceLists' | 'costLists' | 'subscriptions'
>

/** The loaders of the slices that decisions need. `draft/slices.ts` defines their order. */
export function createLoaders(parts: Parts): Loaders {
  const { secrets, routing, policies, texts, priceLists, costLists, subscriptions } = parts
  return {
    inOrder: {
      async guesses(tx, members) {
        const askers = await Promise.all(
          members.map(async (member) => ({
            ...member.draft.verification,
            ...askerOf(member),
            policy: await policies.of(member.draft.verification.tenantId),
          })),
        )
        const { guesses, save } = await lockGuesses(tx, secrets, askers)
        return { slices: guesses, save }
      },
      async starts(tx, members) {
        const claims = members.map(({ draft }) => claimOf(draft.verification))
        const { starts, save } = await lockStarts(tx, secrets, claims)
        return { slices: starts, save }
      },
      async served(_, members) {
        const served = members.map((member) => routing.served(member.draft.verification, channelsOf(member)))
        return { slices: await Promise.all(served) }
      },
      async route(_, members) {
        return { slices: await routesOf(members) }
      },
      async access(tx, members) {
        const routes = await routesOf(members)
        const access = await openAccess(tx, routes.flat(), members[0]?.draft.now ?? new Date(0), secrets)
        return { slices: routes.map((route) => ({ ...access, route })), save: access.save }
      },
      async costs(_, members) {
        const costs = await costLists()
        return { slices: members.map(() => costs) }
      },
      async call(tx, members, all) {
        const callers = members.map((member) => ({ purse: member.draft, channels: channelsOf(member) }))
        return { slices: await lockCalls(tx, priceLists, callers, all) }
      },
      async texts(_, members) {
        const found = members.map(({ draft }) => texts.of(draft.verification.tenantId))
        return { slices: await Promise.all(found) }
      },
    },
    async rest(tx, drafts) {
      const subscribed = await subscriptions.of(drafts.map(({ verification }) => verification.tenantId))
      return () => saveRest(tx, drafts, subscribed)
    },
  }

  function routesOf(members: readonly Member[]) {
    return Promise.all(members.map(({ draft }) => routing.candidates(draft.verification)))
  }
}

/** The channels that a decision may use: the current one, those of the steps to come, and a named one. */
function channelsOf({ draft: { verification }, channel }: Member): Channel[] {
  const { workflow, step } = verification
  const steps = workflow?.slice(step + 1).map((each) => each.channel) ?? []
  return [...new Set([verification.channel, ...steps, ...(channel ? [channel] : [])])]
}

/** The requester that the limits judge; for a retry, the requester of the start. */
function askerOf({ draft, needs, requester }: Member) {
  if (!needs.includes('starts')) return { requester, range: null }
  const { requester: starter, phone } = claimOf(draft.verification)
  return { requester: starter, range: phone.range }
}
