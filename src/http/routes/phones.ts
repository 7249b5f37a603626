import { getStanding, listStandings, setStanding } from '../../limits/manage-standings.ts'
import { StandingInput, StandingsQuery, StandingView } from '../../limits/standing-schemas.ts'
import { pageOf } from '../common-schemas.ts'
import type { Mount } from '../spec.ts'

const tag = 'Phones'

/** Phones that a tenant trusts or blocks. */
export function phoneRoutes(mount: Mount): void {
  mount(
    {
      method: 'get',
      path: '/v1/phones',
      tag,
      operationId: 'listPhoneStandings',
      summary: 'List trusted and blocked phones, the last changed first',
      description: 'A phone that is neither is not listed.',
      scope: 'admin',
      query: StandingsQuery,
      answers: {
        200: { description: 'A page of phones.', schema: pageOf(StandingView, 'PhoneStandingPage') },
      },
    },
    async (context, { query }) => ({ status: 200, body: await listStandings(context, query) }),
  )

  mount(
    {
      method: 'get',
      path: '/v1/phones/{phone}/standing',
      tag,
      operationId: 'getPhoneStanding',
      summary: 'Get the standing of a phone',
      description: 'A phone that was never trusted or blocked is `neutral`.',
      scope: 'admin',
      answers: { 200: { description: 'The standing.', schema: StandingView } },
    },
    async (context, { id }) => ({ status: 200, body: await getStanding(context, { phone: id }) }),
  )

  mount(
    {
      method: 'put',
      path: '/v1/phones/{phone}/standing',
      liveOnly: true,
      tag,
      operationId: 'setPhoneStanding',
      summary: 'Trust or block a phone',
      description:
        'Replaces the standing of the phone for live and test keys, in every process within a second. A retry or another step of a blocked phone is refused as well; a call already placed still rings. Erasing the phone erases its standing.',
      scope: 'admin',
      body: StandingInput,
      answers: { 200: { description: 'The new standing.', schema: StandingView } },
    },
    async (context, { id, body }) => ({
      status: 200,
      body: await setStanding(context, { ...body, phone: id }),
    }),
  )
}
