import { expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { type AuditEvent, storyOf } from '../../src/console/parts/story.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { openTenant } from '../setup/tenant.ts'
import { beginAndRing } from '../verifications/support.ts'

const { test, client } = await openTenant()

it('tells a verification in a line a thing', async () => {
  const { id, code, wrong } = await beginAndRing(test, client)
  for (let i = 0; i < 2; i++) await confirm(client, { id, code: wrong }).catch(() => {})
  await confirm(client, { id, code })
  const { data } = await readAudit(client, { id })
  const story = storyOf(data)
  expect(story.map(({ main, times }) => [main.type, times])).toEqual([
    ['verification.created', 1],
    ['attempt.placed', 1],
    ['check.wrong', 2],
    ['verification.approved', 1],
  ])
})

it('keeps a request that has no answer yet, and every refusal', () => {
  const event = (second: number, type: string, attempt: string) =>
    ({
      at: `2026-01-01T00:00:0${second}.000Z`,
      type,
      actor: 'worker',
      data: { attempt },
    }) as unknown as AuditEvent
  const story = storyOf([
    event(1, 'attempt.placing', 'a'),
    event(2, 'attempt.rejected', 'a'),
    event(2, 'attempt.queued', 'b'),
    event(3, 'attempt.placing', 'b'),
  ])
  expect(story.map(({ main }) => main.type)).toEqual(['attempt.rejected', 'attempt.placing'])
})
