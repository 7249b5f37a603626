import type { Client } from './client.ts'

export type Schema = { $ref?: string; required?: string[]; properties?: Record<string, { enum?: string[] }> }
export type Operation = {
  'x-required-scope'?: string
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> }
  parameters?: { in: string; name: string }[]
}

export type Documented = { method: string; path: string; url: string; operation: Operation }

const UNKNOWN: Record<string, string> = {
  verifications: 'ver',
  'api-keys': 'key',
  tenants: 'ten',
  'provider-accounts': 'prv',
  routes: 'rte',
}

/** An unused id of the right kind. */
export function unknownId(path: string): string {
  return `${UNKNOWN[path.split('/')[2] ?? ''] ?? 'ver'}_${'0'.repeat(32)}`
}

/** Every documented route that requires a key, and the schemas by name. */
export async function readDocumented(request: Client) {
  const { body } = await request('GET', '/openapi.json')
  const paths = Object.entries(body.paths as Record<string, Record<string, Operation>>)
  const routes: Documented[] = paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      return {
        method: method.toUpperCase(),
        path,
        url: path.replace('{id}', unknownId(path)).replace('{phone}', '%2B79243555100'),
        operation,
      }
    }),
  )
  return {
    routes: routes.filter(({ operation }) => operation['x-required-scope'] !== undefined),
    schemas: body.components.schemas as Record<string, Schema>,
  }
}
