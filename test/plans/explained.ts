import { EventEmitter } from 'node:events'
import pg from 'pg'
import postgres from 'postgres'

type Node = {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Rows'?: number
  'Actual Loops'?: number
  'Rows Removed by Filter'?: number
  Plans?: Node[]
}

/** A statement as PostgreSQL carried it out. */
export type Explained = {
  statement: string
  /** `looked`: at how many rows, and `loops`: in how many times. */
  scans: { type: string; table: string; index: string | undefined; looked: number; loops: number }[]
}

const PREFIX = 'plan:'

/**
 * Has PostgreSQL tell the plan of every statement to whoever sent it (auto_explain), those inside triggers and foreign keys
 * included. Holds for connections made from now on. `generic`: with plans made for any parameters, as a prepared statement gets
 * them after a while.
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

/** What every client of this process is told from now on. */
export function listen(): Explained[] {
  const heard: Explained[] = []
  const emit = EventEmitter.prototype.emit
  pg.Client.prototype.emit = function (this: pg.Client, event: string | symbol, ...args: unknown[]) {
    if (event === 'notice') {
      const { message } = args[0] as { message: string }
      const at = message.indexOf(PREFIX)
      if (at >= 0) heard.push(parse(message.slice(at + PREFIX.length)))
    }
    return emit.call(this, event, ...args)
  }
  return heard
}

function parse(text: string): Explained {
  const told = JSON.parse(text) as { 'Query Text': string; Plan: Node }
  return { statement: told['Query Text'].replace(/\s+/g, ' ').trim(), scans: scansOf(told.Plan) }
}

function scansOf(node: Node): Explained['scans'] {
  const table = node['Relation Name']
  const below = (node.Plans ?? []).flatMap(scansOf)
  const loops = node['Actual Loops'] ?? 0
  const looked = ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) * loops
  const scan = { type: node['Node Type'], table: table ?? '', index: node['Index Name'], looked, loops }
  return table && scan.type !== 'ModifyTable' ? [scan, ...below] : below
}
