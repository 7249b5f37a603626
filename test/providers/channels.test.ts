import { expect, it } from 'vitest'
import { CHANNEL_FACTS, type Channel } from '../../src/channels/channels.ts'
import { oneMore } from './registry.ts'
import { speakers } from './speakers.ts'

/** Silence does not prove that nobody heard or read a code, but that nobody called. */
const SILENCE: Record<Channel, string[]> = {
  flash_call: ['no_answer', 'unknown'],
  voice: ['unknown'],
  sms: ['unknown'],
  telegram: ['unknown'],
  inbound_call: ['not_called'],
}

it('every channel of every operator has a speaker in the contract suite, and is what the channel allows', () => {
  const all = Object.values(oneMore.providers).flatMap(({ name, capabilities, settings }) =>
    Object.entries(capabilities(settings.parse(speakers[name]?.settings ?? {})).channels).map(
      ([channel, can]) => {
        const { codeOrigins, codeLength } = CHANNEL_FACTS[channel as Channel]
        expect(codeOrigins).toContain(can.codeOrigin)
        expect(can.codeLength.min).toBeGreaterThanOrEqual(codeLength.min)
        expect(can.codeLength.max).toBeGreaterThanOrEqual(can.codeLength.min)
        expect(can.codeLength.max).toBeLessThanOrEqual(codeLength.max)
        expect(SILENCE[channel as Channel]).toContain(can.silentOutcome)
        return channel === 'flash_call' ? name : `${name} ${channel}`
      },
    ),
  )
  // A pool is a second kind of flash call.
  const ofChannels = Object.keys(speakers).filter((name) => !name.endsWith(' pool'))
  expect(ofChannels.toSorted()).toEqual(all.toSorted())
})
