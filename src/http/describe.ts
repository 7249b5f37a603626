import { createRoute, type RouteConfig, z } from '@hono/zod-openapi'
import { ERRORS, type ErrorCode, titleOf } from '../errors.ts'
import type { AnswerSpec, RouteSpec } from './spec.ts'

/** Errors that every route with an API key can return. */
const ALWAYS: ErrorCode[] = [
  'unauthorized',
  'insufficient_scope',
  'not_found',
  'invalid_request',
  'too_many_requests',
  'internal',
  'unavailable',
]
const WITH_BODY: ErrorCode[] = ['malformed_json', 'body_too_large', 'unsupported_media_type']
const WITH_KEY: ErrorCode[] = ['idempotency_in_progress', 'idempotency_mismatch']

export const ProblemView = z
  .looseObject({
    type: z.string().openapi({ format: 'uri', description: 'The page that explains `code`.' }),
    title: z.string().openapi({ description: 'A summary of `code`, the same in every response.' }),
    status: z.int().openapi({ description: 'The HTTP status.' }),
    detail: z.string().openapi({ description: 'What is wrong with this request.' }),
    code: z
      .enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]])
      .openapi({ description: 'A stable code: base decisions on it, not on the texts.' }),
    request_id: z.string().openapi({ description: 'The same as the header `X-Request-Id`.' }),
    errors: z
      .array(
        z.object({
          path: z.string().openapi({ description: 'The field, e.g. `settings.pin_length`.' }),
          message: z.string(),
        }),
      )
      .optional()
      .openapi({ description: 'With `invalid_request`: every invalid field.' }),
    checks_left: z
      .int()
      .optional()
      .openapi({ description: 'After a wrong code: how many checks the verification has left.' }),
    verification: z
      .string()
      .optional()
      .openapi({ description: 'After a denied start: the id of the `denied` verification.' }),
    verification_status: z
      .string()
      .optional()
      .openapi({ description: 'The status of the verification, if the status caused the error.' }),
  })
  .openapi('Problem')

/** The OpenAPI description of a route with every response it can return. */
export function describeRoute(spec: RouteSpec<never, never> | RouteSpec<unknown, unknown>): RouteConfig {
  const isPost = spec.method === 'post'
  const codes = [
    ...ALWAYS.filter((code) => code !== 'insufficient_scope' || spec.scope !== 'client'),
    ...(spec.body ? WITH_BODY : []),
    ...(isPost ? WITH_KEY : []),
    ...(spec.errors ?? []),
  ]
  const answers = Object.entries(spec.answers).map(([status, answer]) => [
    status,
    describeAnswer(answer, isPost, status === '200' ? (spec.produces ?? []) : []),
  ])
  return createRoute({
    method: spec.method,
    path: spec.path,
    tags: [spec.tag],
    operationId: spec.operationId,
    summary: spec.summary,
    ...describeText(spec),
    ...(spec.scope === 'client'
      ? { security: [{ clientToken: [] }] }
      : { security: [{ apiKey: [] }], 'x-required-scope': spec.scope }),
    ...(spec.liveOnly && { 'x-required-mode': 'live' }),
    request: {
      ...describeParameter(spec.path),
      ...(spec.query && { query: spec.query as never }),
      headers: z.object({
        ...requestIdHeader,
        ...(spec.scope !== 'client' && actingHeader),
        ...(isPost && { 'Idempotency-Key': idempotencyKey }),
      }),
      ...(spec.body && {
        body: { required: !spec.bodyOptional, content: { 'application/json': { schema: spec.body } } },
      }),
    },
    responses: { ...Object.fromEntries(answers), ...describeProblems(codes) },
  })
}

function describeParameter(path: string) {
  const [, name] = /\{(\w+)\}/.exec(path) ?? []
  return name && { params: z.object({ [name]: z.string() }) }
}

function describeText({ description, liveOnly }: { description?: string; liveOnly?: boolean | undefined }) {
  const text = [description, liveOnly && 'Requires a live key.'].filter(Boolean).join(' ')
  return text ? { description: text } : {}
}

const requestIdHeader = {
  'X-Request-Id': z.string().optional().openapi({
    description:
      'Your own id for the request: 1 to 128 characters from A-Z a-z 0-9 . _ -. The response returns it.',
  }),
}

const actingHeader = {
  'Ringproof-Tenant': z.string().optional().openapi({
    description: 'The tenant to act for; requires a key with the scope `admin`.',
    example: 'ten_0193f2a4b6c87d1e9f0a1b2c3d4e5f60',
  }),
}

const idempotencyKey = z.string().min(1).max(255).optional().openapi({
  description:
    'A key of your choice. Repeating the request with the same key within 24 hours returns the first response and does nothing twice.',
})

const header = (description: string) => ({ description, schema: { type: 'string' as const } })
const requestId = { 'X-Request-Id': header('The id of this request in logs and in the audit.') }
const replayed = {
  'Idempotency-Replayed': header('`true` if this is the stored response to an earlier request.'),
}

function describeAnswer(
  { description, schema, type, headers = {} }: AnswerSpec,
  isPost: boolean,
  produces: readonly string[],
) {
  const own = Object.entries(headers).map(([name, text]) => [name, header(text)])
  const others = produces.map((type) => [type, { schema: { type: 'string' as const } }])
  return {
    description,
    headers: { ...requestId, ...(isPost && replayed), ...Object.fromEntries(own) },
    ...(type && { content: { [type]: { schema: { type: 'string' as const } } } }),
    ...(schema && { content: { 'application/json': { schema }, ...Object.fromEntries(others) } }),
  }
}

/** What a route without a key answers to a request that does not even reach it. */
export const UNREADABLE = { '4XX': { description: 'The request could not be read as HTTP.' } }

/** The problem responses for `codes`, by status. */
export function describeProblems(codes: readonly ErrorCode[]) {
  const byStatus = Map.groupBy(new Set(codes), (code) => ERRORS[code].status)
  const answers = [...byStatus].map(([status, own]) => [
    status,
    {
      description: own.map((code) => `\`${code}\`: ${titleOf(code)}.`).join('\n\n'),
      headers: { ...requestId, ...problemHeaders(status) },
      content: {
        'application/problem+json': {
          schema: {
            allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: own } } }],
          },
        },
      },
    },
  ])
  return Object.fromEntries(answers)
}

function problemHeaders(status: number) {
  const retryAfter = { 'Retry-After': header('How many seconds to wait before trying again.') }
  if (status === 401) return { 'WWW-Authenticate': header('`Bearer`') }
  if (status === 409 || status === 503) return retryAfter
  if (status !== 429) return {}
  return {
    ...retryAfter,
    'RateLimit-Policy': header('The limit that was reached: `"name";q=quota;w=window in seconds`.'),
    RateLimit: header('What remains of it: `"name";r=remaining;t=seconds until reset`.'),
  }
}
