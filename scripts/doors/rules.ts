import type { Import, Module } from './imports.ts'
import { ROOMS } from './rooms.ts'

export type Rule = {
  says: string
  /** The files it applies to. */
  binds(path: string): boolean
  /** The imports it forbids them. */
  forbids(imported: Import): boolean
}

const room = (...names: string[]) => {
  const prefixes = names.map((name) => (name.includes('/') ? name : `src/${name}/`))
  return (path: string) => prefixes.some((prefix) => path.startsWith(prefix))
}
const packages =
  (...names: string[]) =>
  ({ target }: Import) =>
    names.some((name) => target === name || target.startsWith(`${name}/`))

/** Rooms of verbs: they act, and know nothing of their callers. */
const inVerbs = room(
  'idempotency',
  'resources',
  'draft',
  'verifications',
  'calls',
  'routing',
  'limits',
  'billing',
  'reconciliation',
  'audit',
  'erasure',
  'access',
  'tenants',
  'overview',
)
const inHttp = room('http', 'console', 'exchange', 'html')
const inEdge = (path: string) => inHttp(path) || room('admin')(path) || path.startsWith('worker/')
const isService = (path: string) => path.startsWith('src/') || path.startsWith('worker/')
const everywhereBut = (allowed: (path: string) => boolean) => (path: string) =>
  isService(path) && !allowed(path)

const ORDER = new Map(ROOMS.map(([name], i) => [name, i]))
const roomOf = (path: string) => path.split('/')[1] ?? ''
const floorOf = (path: string) => (path.startsWith('src/') ? (ORDER.get(roomOf(path)) ?? -1) : -1)

export const RULES: Rule[] = [
  {
    says: 'src never imports worker',
    binds: (path) => path.startsWith('src/'),
    forbids: ({ target }) => target.startsWith('worker/'),
  },
  {
    says: 'providers import no verbs, database, queue or HTTP',
    binds: room('providers'),
    forbids: ({ target }) => inVerbs(target) || inHttp(target) || room('db', 'queue')(target),
  },
  {
    says: 'the sandbox is a separate process: it imports no verbs, database, queue or HTTP',
    binds: room('sandbox'),
    forbids: ({ target }) => inVerbs(target) || inHttp(target) || room('db', 'queue')(target),
  },
  {
    says: 'the gateway is a separate process: it imports no verbs, database, queue or HTTP',
    binds: room('gateway'),
    forbids: ({ target }) => inVerbs(target) || inHttp(target) || room('db', 'queue')(target),
  },
  {
    says: 'npm sip stays in the gateway’s embedded engine',
    binds: everywhereBut((path: string) => path.startsWith('src/gateway/engines/embedded')),
    forbids: packages('sip'),
  },
  {
    says: 'SQL lives in verbs and db, never in a route, a page, a command or a job',
    binds: inEdge,
    forbids: (imported) =>
      packages('postgres', 'pg', 'drizzle-orm')(imported) || imported.target.startsWith('src/db/schema/'),
  },
  {
    says: 'routes, pages, commands and jobs reach operators only through a verb',
    binds: inEdge,
    forbids: ({ target, typeOnly }) => !typeOnly && room('providers')(target),
  },
  {
    says: 'Hono stays in http, console, compat, exchange, html, the gateway and the sandbox (and in web.ts, which joins them)',
    binds: everywhereBut(
      (path) => inHttp(path) || room('compat', 'sandbox', 'gateway')(path) || path === 'src/web.ts',
    ),
    forbids: packages('hono', '@hono/node-server'),
  },
  {
    says: '@hono/zod-openapi stays in http, console and files named schemas.ts or …-schemas.ts; its types may be used anywhere',
    binds: everywhereBut((path) => inHttp(path) || path === 'src/web.ts' || /[/-]schemas\.ts$/.test(path)),
    forbids: (imported) => !imported.typeOnly && packages('@hono/zod-openapi')(imported),
  },
  {
    says: 'BullMQ and its connections stay in src/queue and worker/main.ts',
    binds: everywhereBut((path) => room('queue')(path) || path === 'worker/main.ts'),
    forbids: packages('bullmq', 'ioredis'),
  },
  {
    says: 'the database driver stays in src/db, src/queue and what reads the records of Asterisk',
    binds: everywhereBut(
      (path) => room('db', 'queue')(path) || path === 'src/gateway/engines/asterisk/records.ts',
    ),
    forbids: packages('pg'),
  },
]

const ENVIRONMENT_READERS = ['src/process/config.ts', 'src/standalone/environment.ts']

/** One line for each import that breaks a rule, and for each file that reads the environment itself. */
export function findBreaches(modules: Module[]): string[] {
  const imports = modules.flatMap(({ path, imports }) =>
    imports.flatMap((imported) => [
      ...RULES.filter((rule) => rule.binds(path) && rule.forbids(imported)).map(
        (rule) => `${path} imports ${imported.target}: ${rule.says}`,
      ),
      ...(runsUp(path, imported.target)
        ? [
            `${path} imports ${imported.target}: ${roomOf(imported.target)} is below ${roomOf(path)} in the list of rooms`,
          ]
        : []),
    ]),
  )
  const environment = modules
    .filter(({ path, readsEnvironment }) => readsEnvironment && !ENVIRONMENT_READERS.includes(path))
    .filter(({ path }) => isService(path))
    .map(({ path }) => `${path} reads process.env: only ${ENVIRONMENT_READERS.join(' and ')} do`)
  return [...imports, ...environment]
}

function runsUp(path: string, target: string): boolean {
  return path.startsWith('src/') && target.startsWith('src/') && floorOf(target) > floorOf(path)
}

/**
 * One line for each folder or loose file of `src` that is not in the list, and for each name in it that does
 * not exist.
 */
export function findStrangers(modules: Module[]): string[] {
  const there = new Set(modules.filter(({ path }) => path.startsWith('src/')).map(({ path }) => roomOf(path)))
  return [
    ...[...there].filter((name) => !ORDER.has(name)).map((name) => `src/${name} is not in the list of rooms`),
    ...[...ORDER.keys()]
      .filter((name) => !there.has(name))
      .map((name) => `the list of rooms names src/${name}, which does not exist`),
  ]
}
