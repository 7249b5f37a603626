import postgres from 'postgres'
import { Ringproof } from '../../sdk/typescript/src/index.ts'
import { phoneBook } from '../e2e/support.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'
import { type Stack, startStack } from '../setup/processes.ts'
import { waitFor } from '../setup/wait.ts'

type Service = { stack: Stack; sql: postgres.Sql; database: TestDatabase }

let running: Promise<Service> | undefined

async function start(): Promise<Service> {
  const database = await createTestDatabase()
  const sql = postgres(database.url, { max: 1, onnotice: () => {} })
  return { stack: await startStack({ databaseUrl: database.url }), sql, database }
}

/** Machines that run tests are busy. */
export const PATIENT = { timeoutMs: 40_000 }

export const newPhone = phoneBook('+7925')

/** Ends the service of this folder's tests. */
export async function closeSdk(): Promise<void> {
  const { stack, sql, database } = (await running) ?? {}
  await sql?.end()
  await stack?.stop()
  await database?.drop()
}

/** What a user of the SDK has, and the simulated phones. One service serves all tests of this folder. */
export async function openSdk() {
  running ??= start()
  const { stack, sql } = await running
  const ringproof = new Ringproof({ baseUrl: stack.url, apiKey: stack.testKey })

  /** The last digits of the number that rang, once it has. */
  const codeOn = (phone: string): Promise<string> =>
    waitFor(async () => {
      const { body } = await stack.request('GET', `/v1/sandbox/calls?phone=${encodeURIComponent(phone)}`)
      return body.data[0]?.from.slice(-4)
    }, PATIENT)

  /** Starts, and waits until a code exists. */
  async function begin(phone = newPhone()) {
    const { id } = await ringproof.verifications.start({ phone })
    const code = await codeOn(phone)
    await waitFor(async () => (await ringproof.verifications.get(id)).code_length !== null, PATIENT)
    return { id, phone, code, wrong: String(9999 - Number(code)).padStart(4, '0') }
  }

  /** A key of the first tenant with these scopes, for test data. */
  async function newKey(scopes: string[]): Promise<{ secret: string; tenant: string }> {
    const body = { name: 'sdk', scopes, livemode: false }
    return (await stack.request('POST', '/v1/api-keys', { key: stack.adminKey, body })).body
  }

  return { stack, sql, ringproof, begin, codeOn, newKey }
}

export type Sdk = Awaited<ReturnType<typeof openSdk>>
