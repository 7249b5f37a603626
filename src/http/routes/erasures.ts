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

/** Erasing the data of a phone, and the certificates that prove it. */
export function erasureRoutes(mount: Mount): void {
  mount(
    {
      method: 'post',
      path: '/v1/erasures',
      tag,
      operationId: 'erasePhone',
      summary: 'Erase a phone',
      description:
        'Cancels the live verifications of the phone, then erases phone, reference, address and metadata from all its verifications: before the response, or, if a call is still in progress, soon after it ends. Counts, money and audit stay. Applies to your own tenant or the tenant in `Ringproof-Tenant`, in the mode of the key.',
      scope: 'admin',
      body: EraseInput,
      answers: {
        201: {
          description: 'The phone is erased, or its erasure has begun.',
          schema: ErasureView,
          headers: { Location: 'The path of the erasure.' },
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
      summary: 'List erasures, newest first',
      description: 'Includes erasures on request and those by the tenant’s retention.',
      scope: 'admin',
      query: PageQuery,
      answers: { 200: { description: 'A page of erasures.', schema: pageOf(ErasureView, 'ErasurePage') } },
    },
    async (context, { query }) => ({ status: 200, body: await listErasures(context, query) }),
  )

  mount(
    {
      method: 'get',
      path: '/v1/erasures/{id}',
      tag,
      operationId: 'getErasure',
      summary: 'Get an erasure and its certificate',
      description: 'With `Accept: application/jose`, returns only the certificate, exactly as it was signed.',
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
