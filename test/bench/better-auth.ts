import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { phoneNumber } from 'better-auth/plugins/phone-number'
import pg from 'pg'

/** Codes "sent" since they were last asked for. */
const sent: { phone: string; code: string }[] = []

/** better-auth's phone numbers as its guide shows them. `/sent` tells and forgets the codes. */
const options = {
  database: new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 }),
  secret: 'a secret of the bench, at least 32 characters',
  baseURL: 'http://127.0.0.1',
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: 'error' as const },
  plugins: [phoneNumber({ sendOTP: ({ phoneNumber: phone, code }) => void sent.push({ phone, code }) })],
}
const { runMigrations } = await getMigrations(options)
await runMigrations()

const answer = toNodeHandler(betterAuth(options))
const server = createServer((request, response) => {
  if (request.url === '/sent') response.end(JSON.stringify(sent.splice(0)))
  else answer(request, response)
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.send?.({ ready: true, url: `http://127.0.0.1:${port}` })
})
process.on('disconnect', () => process.exit(0))
process.on('SIGTERM', () => process.exit(0))
