import { subscribe } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import pg from 'pg'
import postgres from 'postgres'
import { READ_NOTICES } from '../../src/db/read-client.ts'

type Node = {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Rows'?: number
  'Actual Loops'?: number
  'Rows Removed by Filter'?: number
  Plans?: Node[]
}

/** A statement as PostgreSQL executed it. */
export type Explained = {
  statement: string
  /** `looked`: rows read; `loops`: in how many passes. */
  scans: { type: string; table: string; index: string | undefined; looked: number; loops: number }[]
}

const PREFIX = 'plan:'

/**
 * Makes PostgreSQL send the plan of every statement to its client (auto_explain), statements inside triggers
 * and foreign keys included. Applies to new connections. `generic`: plans made for any parameters, as a
 * prepared statement gets after a few executions.
 */
export async function explainAll(databaseUrl: string, { generic }: { generic: boolean }): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1 })
  const settings = {
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_nested_statements': 'on',
    'auto_explain.log_format': 'json',
    'auto_explain.log_level': 'notice',
    client_min_messages: 'notice',
    plan_cache_mode: generic ? 'force_generic_plan' : 'force_custom_plan',
  }
  const database = new URL(databaseUrl).pathname.slice(1)
  for (const [name, value] of Object.entries(settings)) {
    await sql.unsafe(`alter database ${database} set ${name} = '${value}'`)
  }
  await sql.end()
}

/** The plans that clients of this process receive from now on. */
export function listen(): Explained[] {
  const heard: Explained[] = []
  const hear = (notice: unknown) => {
    const { message } = notice as { message: string }
    const at = message.indexOf(PREFIX)
    if (at >= 0) heard.push(parse(message.slice(at + PREFIX.length)))
  }
  subscribe(READ_NOTICES, hear)
  const emit = EventEmitter.prototype.emit
  pg.Client.prototype.emit = function (this: pg.Client, event: string | symbol, ...args: unknown[]) {
    if (event === 'notice') hear(args[0])
    return emit.call(this, event, ...args)
  }
  return heard
}

function parse(text: string): Explained {
  const told = JSON.parse(text) as { 'Query Text': string; Plan: Node }
  return { statement: told['Query Text'].replace(/\s+/g, ' ').trim(), scans: scansOf(told.Plan) }
}

/** The name of a partition, or of its part of an index, without the month. */
const wholeOf = (name: string | undefined) =>
  name?.replace(/_(?:\d{4}_\d\d|earlier|of_tenants|of_no_call)(?=_|$)/, '')

function scansOf(node: Node): Explained['scans'] {
  const table = wholeOf(node['Relation Name'])
  const below = (node.Plans ?? []).flatMap(scansOf)
  const loops = node['Actual Loops'] ?? 0
  const looked = ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) * loops
  const scan = {
    type: node['Node Type'],
    table: table ?? '',
    index: wholeOf(node['Index Name']),
    looked,
    loops,
  }
  return table && scan.type !== 'ModifyTable' ? [scan, ...below] : below
}
