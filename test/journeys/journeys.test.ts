import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium } from '../console/browser.ts'
import { administrator } from './administrator.ts'
import { developer } from './developer.ts'
import { finance } from './finance.ts'
import { newcomer } from './newcomer.ts'
import { type Place, startPlace } from './place.ts'
import { support } from './support.ts'

// One file, so that one service and one browser serve them all.
describe.skipIf(!hasChromium && !process.env.CI)('journeys', () => {
  let place: Place
  beforeAll(async () => {
    place = await startPlace()
  })
  afterAll(async () => {
    const troubles = place?.browser.troubles
    await place?.stop()
    expect(troubles).toEqual([])
  })

  test('an administrator gets from the first link to a call, by the list of first steps', () =>
    administrator(place))

  test.concurrent('support finds a person by several notations, reads why it failed, and helps', () =>
    support(place))

  test.concurrent('finance posts a payment, sets a price, and leaves with the statement', () =>
    finance(place))

  test.concurrent('a developer copies a call that works, and runs it on the page', () => developer(place))

  test.concurrent('a newcomer verifies a phone, 390 px wide', () => newcomer(place))
})
