import { erasePhone } from '../../erasure/erase.ts'
import { getCertificate, getErasure, listErasures } from '../../erasure/read.ts'
import { EraseInput, ErasureView } from '../../erasure/schemas.ts'
import { PageQuery, pageOf } from '../common-schemas.ts'
import type { Mount } from '../spec.ts'

const tag = 'Erasures'
const JOSE = 'application/jose'

async function* once(text: string): AsyncIterable<string> {
  yield text
}

/** Erasing what is known of a phone, and the certificates of it. */
export function erasureRoutes(mount: Mount): void {
  mount(
    {
      method: 'post',
      path: '/v1/erasures',
      tag,
      operationId: 'erasePhone',
      summary: 'Erase a phone',
      description:
        'A live verification of the phone is cancelled first. Phone, reference, address and metadata of all its verifications are gone when this answers, or soon after the end of a call that is still out; counts, money and audit stay. Of your own tenant, or of the one in `Ringproof-Tenant`, in the mode of the key.',
      scope: 'admin',
      body: EraseInput,
      answers: {
        201: {
          description: 'Erased, or begun.',
          schema: ErasureView,
          headers: { Location: 'Where the erasure is.' },
        },
      },
    },
    async (context, { body }) => {
      const erasure = await erasePhone(context, body)
      return { status: 201, headers: { location: `/v1/erasures/${erasure.id}` }, body: erasure }
    },
  )

  mount(
    {
      method: 'get',
      path: '/v1/erasures',
      tag,
      operationId: 'listErasures',
      summary: 'What was erased, newest first: on request, and by the tenant’s retention',
      scope: 'admin',
      query: PageQuery,
      answers: { 200: { description: 'A page.', schema: pageOf(ErasureView, 'ErasurePage') } },
    },
    async (context, { query }) => ({ status: 200, body: await listErasures(context, query) }),
  )

  mount(
    {
      method: 'get',
      path: '/v1/erasures/{id}',
      tag,
      operationId: 'getErasure',
      summary: 'One erasure with its certificate',
      description: 'With `Accept: application/jose`, the certificate alone, as it was signed.',
      scope: 'admin',
      produces: [JOSE],
      answers: { 200: { description: 'The erasure, or its certificate.', schema: ErasureView } },
    },
    async (context, { id, accept }) => {
      if (accept !== JOSE) return { status: 200, body: await getErasure(context, { id }) }
      const certificate = await getCertificate(context, { id })
      const headers = {
        'content-type': JOSE,
        'content-disposition': `attachment; filename="${id}.jws"`,
      }
      return { status: 200, headers, stream: once(certificate) }
    },
  )
}
