import type { readAudit } from '../../audit/read.ts'

export type AuditTrail = Awaited<ReturnType<typeof readAudit>>
export type AuditEvent = AuditTrail['data'][number]

/** A thing that happened: the event that tells most, the others of its transaction, and how often it happened. */
export type Happening = { main: AuditEvent; others: AuditEvent[]; times: number }

/** Events that only prepare another one of the same transaction or attempt, the least telling last. */
const QUIET = [
  'check.right',
  'attempt.status',
  'code.disclosed',
  'attempt.queued',
  'attempt.released',
  'attempt.placing',
  'verification.calling',
  'verification.pending',
  'billing.captured',
  'billing.reserved',
  'billing.released',
]

/** What an operator answers to a request. */
const ANSWERS = ['attempt.placed', 'attempt.rejected', 'attempt.failed', 'attempt.unclear']

const weight = ({ type }: AuditEvent) => QUIET.indexOf(type)

/**
 * What happened, a line a thing: events of one transaction are one, a request to an operator is told by its answer,
 * and equal things in a row are counted. The chain below the timeline has every event.
 */
export function storyOf(events: readonly AuditEvent[]): Happening[] {
  const answered = new Set(
    events.filter(({ type }) => ANSWERS.includes(type)).map(({ data }) => data.attempt),
  )
  const story: Happening[] = []
  for (const group of transactionsOf(events)) {
    const sorted = group.toSorted((a, b) => weight(a) - weight(b))
    const loud = sorted.filter((event) => weight(event) < 0)
    const [main, ...others] = [...loud.slice(0, 1), ...sorted.slice(loud.length)]
    if (!main) continue
    if (main.type === 'attempt.placing' && answered.has(main.data.attempt)) continue
    const last = story.at(-1)
    if (last && last.main.type === main.type && others.length === 0 && main.type === 'check.wrong') {
      last.times += 1
      last.main = main
    } else {
      story.push({ main, others, times: 1 })
      for (const other of loud.slice(1)) story.push({ main: other, others: [], times: 1 })
    }
  }
  return story
}

/** Events of one transaction have one time and one author. */
function transactionsOf(events: readonly AuditEvent[]): AuditEvent[][] {
  const groups: AuditEvent[][] = []
  for (const event of events) {
    const group = groups.at(-1)
    const [first] = group ?? []
    if (group && first && first.at === event.at && first.actor === event.actor) group.push(event)
    else groups.push([event])
  }
  return groups
}
