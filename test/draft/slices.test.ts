import { expect, it } from 'vitest'
import { CHAIN_START } from '../../src/audit/chain.ts'
import type { Tx } from '../../src/db/client.ts'
import { newDraft } from '../../src/draft/draft.ts'
import type { Attempt, Verification } from '../../src/draft/rows.ts'
import { type Loaders, loadSlices } from '../../src/draft/slices.ts'

const AUTHOR = { actor: 'system', requestId: null }

it('a change that needs only the money of a call loads it with the attempts', async () => {
  const draft = newDraft(new Date(), { id: 'a', auditHead: CHAIN_START } as Verification)
  let seen = 0
  const inOrder = {
    call: async () => {
      seen = draft.attempts.length
      return { slices: [{ prices: new Map(), funds: null }] }
    },
  }
  const loaders = { inOrder, rest: async () => () => [] } as unknown as Loaders
  const { promise: attempts, resolve: arrive } = Promise.withResolvers<void>()
  const member = {
    draft,
    author: AUTHOR,
    needs: ['call'] as const,
    requester: null,
    channel: null,
    slices: {},
  }
  const loading = loadSlices({} as Tx, loaders, [member], [draft], attempts)
  draft.attempts.push({ id: 'b' } as Attempt)
  arrive()
  await loading
  expect(seen).toBe(1)
  expect(member.slices).toEqual({ call: { prices: new Map(), funds: null } })
})
