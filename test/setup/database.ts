import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { inject } from 'vitest'

export type TestDatabase = { url: string; drop(): Promise<void> }

/** A migrated, empty database for one test: a clone of the run's template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const template = new URL(inject('templateUrl'))
  const name = `test_${randomBytes(6).toString('hex')}`
  await asAdmin(template, `create database ${name} template ${template.pathname.slice(1)} strategy file_copy`)
  const url = new URL(template)
  url.pathname = `/${name}`
  return {
    url: url.href,
    drop: () => asAdmin(template, `drop database if exists ${name} with (force)`),
  }
}

/** A database without tables, on the run's PostgreSQL. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const template = new URL(inject('templateUrl'))
  const name = `empty_${randomBytes(6).toString('hex')}`
  await asAdmin(template, `create database ${name}`)
  const url = new URL(template)
  url.pathname = `/${name}`
  return {
    url: url.href,
    drop: () => asAdmin(template, `drop database if exists ${name} with (force)`),
  }
}

async function asAdmin(template: URL, statement: string): Promise<void> {
  const url = new URL(template)
  url.pathname = '/postgres'
  const sql = postgres(url.href, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(statement)
  } finally {
    await sql.end()
  }
}
