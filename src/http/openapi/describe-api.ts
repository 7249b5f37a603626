import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Env } from '../../exchange/exchange.ts'
import { ProblemView } from '../describe.ts'
import { complete, type Incomplete } from './complete.ts'

const DESCRIPTION = `Ringproof verifies that a person controls a phone number by calling it: the last digits of the calling number are
the code. Errors are problem documents (RFC 9457); each \`type\` links to an explanation.`

/** The OpenAPI 3.1 document of all mounted routes. */
export function describeApi(hono: OpenAPIHono<Env>, publicUrl: string | undefined) {
  hono.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, `rp_live_…` or `rp_test_…`.',
  })
  hono.openAPIRegistry.registerComponent('securitySchemes', 'clientToken', {
    type: 'http',
    scheme: 'bearer',
    description:
      'The `client_token` of a verification, `vct_…`, for the user’s browser or app. It works for that verification only, until ten minutes after its end.',
  })
  hono.openAPIRegistry.register('Problem', ProblemView)
  const document = hono.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Ringproof',
      version: '1',
      description: DESCRIPTION,
      contact: { name: 'Ringproof' },
      license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT.html' },
    },
    servers: [{ url: publicUrl ?? '/' }],
  })
  const whole = structuredClone(document)
  whole.tags = complete(whole as Incomplete)
  return whole
}

export type ApiDocument = ReturnType<typeof describeApi>
