import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { createCost } from '../../src/billing/prices/costs.ts'
import type { Channel } from '../../src/channels/channels.ts'
import type { JournalRow } from '../../src/gateway/journal-rows.ts'
import { startGateway } from '../../src/gateway/server.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { providers } from '../../src/providers/registry.ts'
import { createAccount } from '../../src/routing/accounts.ts'
import { operatorOf } from '../../src/routing/operator.ts'
import { createRoute, deleteRoute } from '../../src/routing/routes.ts'
import { credentialsIn, keyAmong, sandboxBaseUrl, sandboxNamespace } from '../../src/sandbox/credentials.ts'
import { sandboxLine } from '../../src/sandbox/lines.ts'
import { parseId } from '../../src/values/ids.ts'
import { NO_LIMITS, runToTheEnd } from '../billing/support.ts'
import { openLive } from '../calls/live-accounts.ts'
import { startTestApp } from '../setup/app.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, newPhone, stored } from '../verifications/support.ts'

const GATEWAY_KEY = 'a key of the gateway, for tests only, of many letters'
const NUMBERS = Array.from({ length: 60 }, (_, i) => `+${74_951_110_001 + i}`)
/** Numbers that strangers call from are not ours at that moment. */
const STRANGERS = NUMBERS.slice(40)
const OVER_SIP = { ring_ms: 3_000, options_seconds: 0 }
const QUICK = { poll_first_ms: 50, poll_max_ms: 200, adopt_after_seconds: [0.2, 0.4] }

/** A call of ours, and how its operator’s records can be made to differ from it. */
export type OwnCall = { missing(): void; failed(): void; free(): void; unanswered(): void }

function notInJournal(): never {
  throw new Error('the journal tells no prices, and of each call whether it rang')
}

/** Live verifications through any simulated operator, with a gateway for those that call over SIP. */
export async function openOperators() {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'))
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    key: GATEWAY_KEY,
    folder,
    sipAddress: '127.0.0.1',
    sipPort: null,
    allowPrivateTargets: true,
    failed: () => {},
  })
  const test = await startTestApp({ GATEWAY_URL: gateway.url, GATEWAY_KEY }, { shortCalls: true })
  afterAll(async () => {
    await test.stop()
    await gateway.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const { client } = await openLive(test)
  // No guess is allowed, so no pool is too small.
  await updatePolicy(client, { ...NO_LIMITS, wrong_guesses_per_phone_day: 0 })
  const sipPort = Number(new URL(test.sandbox.url).port)

  function partsOf(provider: string, namespace: string) {
    const definition = providers[provider]
    if (!definition) throw new Error(`no provider ${provider}`)
    const credentials = credentialsIn(namespace, definition)
    const base_url = sandboxBaseUrl(test.sandbox.url, provider)
    switch (provider) {
      case 'narayana':
        return { credentials, base_url, settings: { numbers: NUMBERS, log_every_ms: 30 } }
      case 'teleum': {
        const lines = NUMBERS.map((number) => sandboxLine(credentials.password ?? '', number))
        const settings = {
          ring_ms: 3_000,
          setup_ms: 5_000,
          server: '127.0.0.1',
          port: sipPort,
          domain: 'sandbox',
        }
        return { credentials: { ...credentials, lines }, base_url, settings }
      }
      case 'sip':
        return {
          credentials,
          base_url: `sip:127.0.0.1:${sipPort};transport=udp`,
          settings: { ...OVER_SIP, numbers: NUMBERS, max_in_flight: 50, max_per_second: 50 },
        }
      default:
        return { credentials, base_url, settings: {} }
    }
  }

  /** The lines of the gateway’s journal, rewritten. */
  function rewriteJournal(rewrite: (row: JournalRow) => JournalRow[]): void {
    for (const name of readdirSync(folder).filter((each) => each.endsWith('.jsonl'))) {
      const path = join(folder, name)
      const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean)
      const rows = lines.flatMap((line) => rewrite(JSON.parse(line)))
      writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    }
  }

  /** In the journal: what the gateway wrote is lost, or tells that the phone never rang. */
  const inJournal = (attempt: string): OwnCall => ({
    missing: () => rewriteJournal((row) => (row.id === attempt ? [] : [row])),
    failed: () =>
      rewriteJournal((row) => {
        if (row.id !== attempt) return [row]
        return row.row === 'alert' ? [] : [row.row === 'end' ? { ...row, status: 480, q850: 20 } : row]
      }),
    free: notInJournal,
    unanswered: notInJournal,
  })

  /** An account at a simulated operator, which serves `channels` for all phones until it is closed. */
  async function newAccount(provider: string, channels: readonly Channel[]) {
    const namespace = sandboxNamespace(randomBytes(32))
    const parts = partsOf(provider, namespace)
    const { id } = await createAccount(client, {
      ...parts,
      provider,
      name: provider,
      settings: { ...QUICK, ...parts.settings },
    })
    const uuid = parseId('account', id) ?? ''
    const routes = await Promise.all(
      channels.map((channel) => createRoute(client, { prefix: '+7', channel, accounts: [id] })),
    )

    async function called(channel: Channel, phone = newPhone()): Promise<OwnCall> {
      const { id } = await begin(client, { phone, channel })
      await runToTheEnd(test, id)
      if (provider === 'sip') return inJournal((await stored(test, id)).calls[0]?.id ?? '')
      const call = test.sandbox.calls.list(namespace, phone).at(-1)
      if (!call) throw new Error('nothing was dialled')
      return {
        missing: () => Object.assign(call, { namespace: 'gone', at: 0 }),
        failed: () => Object.assign(call, { course: { ...call.course, end: 'unreachable' } }),
        free: () => Object.assign(call, { bills: 'never' }),
        unanswered: () =>
          Object.assign(call, { course: { ...call.course, end: 'no_answer', reportedAfterMs: 0 } }),
      }
    }

    let strangers = 0
    /** Places a call through the account that Ringproof knows nothing of, and waits for its end. */
    async function strange(channel: Channel, phone = newPhone()): Promise<void> {
      const routed = await test.app.routing.account(uuid)
      if (!routed) throw new Error('no such account')
      const operator = operatorOf(test.worker, routed)
      const facts = routed.provider.capabilities(routed.account.settings, routed.account.credentials)
        .channels[channel]
      const digits = facts?.codeLength.max ?? 0
      const callerId = STRANGERS[strangers++ % STRANGERS.length]
      const placedAt = new Date()
      const placed = await operator.place({
        attemptId: randomUUID(),
        channel,
        phone,
        code: facts?.codeOrigin === 'ours' ? '47110547'.slice(0, digits) : null,
        ...(facts?.text && { text: 'Your code is 471105.' }),
        ...(facts?.pool && callerId && { callerId }),
      })
      if (placed.kind !== 'placed') throw new Error(`${placed.kind}: ${placed.detail}`)
      const call = { channel, phone, callId: placed.callId ?? '', placedAt }
      await waitFor(async () => (await operator.status(call)).kind === 'final', {
        what: `a stranger’s ${channel}`,
      })
    }

    return {
      id,
      called,
      strange,
      /** What the simulated API is like, besides the usual. */
      async be(traits: readonly string[]) {
        const { status } = await fetch(`${sandboxBaseUrl(test.sandbox.url, provider)}/control/traits`, {
          method: 'PUT',
          body: JSON.stringify(traits),
          headers: { authorization: `Bearer ${keyAmong(parts.credentials)}` },
        })
        if (status !== 200) throw new Error(`traits: HTTP ${status}`)
      },
      /** The next answer to a call of ours is lost, though the phone rings. */
      async losingAnswer(call: () => Promise<unknown>) {
        test.sandbox.faults.add(namespace, { operator: provider, mode: 'reset_after_call', prefix: '+' })
        await call()
        test.sandbox.faults.clear(namespace)
      },
      /** A listed cost, for operators that tell no prices. */
      async costs(amount: bigint) {
        await createCost(client, {
          account: id,
          prefix: '+7',
          channel: 'flash_call',
          per: 'delivered',
          amount,
          currency: 'RUB',
        })
        await waitFor(async () => {
          const costs = await test.app.costLists()
          // Records have whole seconds: also at the beginning of this one.
          const second = new Date(Math.floor(Date.now() / 1_000) * 1_000)
          return costs.of(uuid, { phone: '+79240000000', channel: 'flash_call' }, second) !== null
        })
      },
      async close() {
        for (const route of routes) await deleteRoute(client, { id: route.id })
      },
    }
  }

  return { test, client, newAccount }
}
