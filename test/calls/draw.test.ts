import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawNumbers } from '../../src/calls/draw.ts'
import type { Draft } from '../../src/draft/draft.ts'
import type { RoutedAccount } from '../../src/routing/routing.ts'
import { createSecrets } from '../../src/secrets.ts'
import { exampleTel } from '../providers/example-tel/index.ts'
import { draftOf } from '../verifications/drafts.ts'

const former = Buffer.alloc(32, 1)
const secrets = createSecrets(Buffer.alloc(32, 2), [former])
const FIRST = 74_951_110_000

/** An account with the numbers from +74951110000 to that many more. */
const accountOf = (more: number, lines: boolean) =>
  ({
    provider: exampleTel,
    account: {
      id: 'account',
      settings: exampleTel.settings.parse({ numbers: [`+${FIRST}-${FIRST + more}`], lines }),
    },
  }) as unknown as RoutedAccount

const call = { channel: 'flash_call', endedAt: new Date() }
const RINGS = { ...call, status: 'no_answer' }
const UNREACHED = { ...call, status: 'unreachable' }

/** An earlier call: its ending, whether its code is still right, and which key hashed it. */
const earlier = fc.record({ ending: fc.nat(30), live: fc.boolean(), old: fc.boolean() })

describe('the number of a call', () => {
  it('ends like no other of the verification, whatever became of its call, and not like the phone', () => {
    fc.assert(
      fc.property(
        fc.nat(30),
        fc.nat(30),
        fc.array(earlier, { maxLength: 8 }),
        fc.array(fc.nat(30)),
        fc.boolean(),
        (more, phoneEnd, calls, busy, lines) => {
          const written = (ending: number) => String(ending).padStart(4, '0')
          const draft = draftOf({ phone: `+7924355${written(phoneEnd)}` })
          for (const { ending, live, old } of calls) {
            const by = old ? createSecrets(former) : secrets
            const hash = by.hashCode(draft.verification.id, written(ending))
            const call = { codeHash: hash, codeLength: 4, codeChance: 100, ...(live ? RINGS : UNREACHED) }
            draft.attempts.push(call as never)
          }
          const access = {
            check: () => 'free',
            isBusy: (_: unknown, number: string) => busy.includes(Number(number.slice(1)) - FIRST),
          }
          const routed = accountOf(more, lines)
          const numbers = drawNumbers(
            { ...draft, access } as unknown as Draft<'access'>,
            { channel: 'flash_call' },
            secrets,
          )
          const admission = numbers.check(routed)
          const used = new Set([phoneEnd, ...calls.map(({ ending }) => ending)])
          const unused = Array.from({ length: more + 1 }, (_, i) => i).filter((ending) => !used.has(ending))
          const able = lines ? unused.filter((ending) => !busy.includes(ending)) : unused
          const expected = able.length > 0 ? 'free' : unused.length > 0 ? 'at_limit' : 'no_number'
          expect(admission).toBe(expected)
          const drawn = numbers.of(routed)
          if (admission === 'free') expect(able.map((ending) => `+${FIRST + ending}`)).toContain(drawn)
          else expect(drawn).toBeNull()
        },
      ),
      { numRuns: 500 },
    )
  })
})
