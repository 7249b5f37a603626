import fc from 'fast-check'
import type { Channel } from '../../src/channels/channels.ts'
import { MOODS, type Mood } from '../../src/sandbox/moods.ts'
import { type Action, earlier, FAULTS, is, on, phone, REPORTS, rarely, who } from './kinds.ts'

const workflow = rarely<Channel[]>([
  ['flash_call', 'sms'],
  ['sms'],
  ['flash_call', 'voice', 'flash_call'],
  ['telegram', 'sms', 'flash_call'],
  ['voice', 'sms', 'telegram', 'flash_call', 'sms'],
  ['flash_call', 'voice'],
  ['inbound_call'],
  ['inbound_call', 'flash_call', 'inbound_call'],
  ['sms', 'inbound_call'],
])

const job = fc.record({
  do: is('job'),
  name: fc.oneof({ weight: 4, arbitrary: is('fitting') }, is('place', 'poll', 'adopt', 'check')),
  copies: fc.constantFrom(1, 1, 2, 3),
  fault: rarely(FAULTS),
  report: rarely(REPORTS),
  ...on,
})

export const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: is('start'),
      phone,
      who,
      maxChecks: fc.integer({ min: 1, max: 3 }),
      steps: workflow,
    }),
  },
  { weight: 14, arbitrary: job },
  { weight: 2, arbitrary: fc.record({ do: is('die'), asks: fc.boolean(), hidden: fc.boolean(), ...on }) },
  { weight: 2, arbitrary: fc.record({ do: is('late') }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: is('confirm'),
      right: fc.boolean(),
      earlier,
      byPhone: fc.boolean(),
      who,
      ...on,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: is('cancel', 'expire', 'pass', 'pass', 'next'), ...on }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: is('retry'),
      channel: rarely<Channel>(['flash_call', 'voice', 'sms', 'telegram', 'inbound_call']),
      ...on,
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: is('due'), copies: fc.constantFrom(0, 1, 3), ...on }) },
  { weight: 4, arbitrary: fc.record({ do: is('call in'), isOther: fc.boolean(), ...on }) },
  { weight: 1, arbitrary: fc.record({ do: is('sweep') }) },
  { weight: 2, arbitrary: fc.record({ do: is('mood'), mood: rarely<Mood>([...MOODS]) }) },
)
