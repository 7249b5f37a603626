import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { callDetails, judge, readPlaced, resultOf, vpbxResultOf } from '../../src/providers/new-tel/wire.ts'
import { speakerFor } from './speakers.ts'

const AT = { address: 'https://api.new-tel.net' }
const { speaker } = speakerFor('new-tel')
const success = (data: Record<string, unknown>) =>
  JSON.stringify({ status: 'success', data: { result: 'success', ...data } })

describe('an answer to start-password-call', () => {
  const read = (details: unknown) =>
    readPlaced(judge({ ...AT, status: 200, text: success({ callDetails: details }) }, 'right'), '70482', [])
  const details = { callId: '1234567890123456', pin: '70482' }

  it('yields the end of a synchronous call', () => {
    expect(read({ ...details, status: 'answered' })).toMatchObject({
      kind: 'placed',
      final: { status: 'answered' },
    })
    expect(read({ ...details, status: null })).toMatchObject({ kind: 'placed', code: null, final: null })
    expect(read({ ...details, status: null, isValidNumber: false })).toMatchObject({
      final: { status: 'no_such_number' },
    })
  })

  it('yields no end from a reason beside a call that has only begun', () => {
    for (const reasonCode of [0, '0', 8]) {
      expect(read({ ...details, status: null, reasonCode })).toMatchObject({ kind: 'placed', final: null })
    }
  })

  it('yields the pin if the operator used another than ours', () => {
    expect(read({ ...details, pin: '11111' })).toMatchObject({ kind: 'placed', code: '11111' })
  })

  it('recognises our pin without its zeros, with blanks, or at the end of a full number', () => {
    const pins = fc.stringMatching(/^(\d{4}|\d{5})$/)
    fc.assert(
      fc.property(pins, fc.stringMatching(/^\d{3,8}$/), (pin, other) => {
        const told = (given: unknown) => {
          const verdict = judge(
            { ...AT, status: 200, text: success({ callDetails: { ...details, pin: given } }) },
            'right',
          )
          const placed = readPlaced(verdict, pin, [])
          return placed.kind === 'placed' ? placed.code : placed.kind
        }
        const ours = [
          Number(pin),
          ` ${pin} `,
          pin.replace(/^0+(?=.)/, ''),
          pin.split('').join(' '),
          `7495${pin}`,
        ]
        for (const given of [...ours, '', null, undefined, '*****', {}]) expect(told(given)).toBeNull()
        const code = told(other)
        if (code !== null) {
          expect(code?.length).toBeGreaterThanOrEqual(pin.length)
          expect(Number(code)).toBe(Number(other))
        } else expect(pin.endsWith(other) || other.endsWith(pin)).toBe(true)
      }),
    )
  })

  it('is unclear without an id', () => {
    expect(read({ pin: '70482' })).toMatchObject({ kind: 'unclear' })
    expect(read(undefined)).toMatchObject({ kind: 'unclear' })
  })

  it('can refuse at either level', () => {
    const inData = judge(
      { ...AT, status: 200, text: JSON.stringify(speaker.refusal('Error occured')) },
      'right',
    )
    expect(readPlaced(inData, '70482', [])).toMatchObject({
      kind: 'refused',
      reason: 'other',
      detail: 'Error occured',
    })
    const text = JSON.stringify({ status: 'error', message: 'Requested method not found' })
    expect(readPlaced(judge({ ...AT, status: 404, text }, 'right'), '70482', [])).toMatchObject({
      kind: 'refused',
    })
  })
})

describe('statuses', () => {
  it.each([
    [{ status: 'answered' }, 'answered'],
    [{ status: 'busy' }, 'busy'],
    [{ status: 'no answer' }, 'no_answer'],
    [{ status: 'no such number' }, 'no_such_number'],
    [{ status: 'not available' }, 'unreachable'],
    [{ status: 'cancel' }, 'unreachable'],
    [{ status: ' Busy ' }, 'busy'],
    [{ status: null, reasonCode: 0 }, 'unreachable'],
    [{ reasonCode: 1 }, 'no_answer'],
    [{ reasonCode: 3 }, 'no_answer'],
    [{ reasonCode: 4 }, 'no_answer'],
    [{ reasonCode: 5 }, 'no_answer'],
    [{ reasonCode: 8 }, 'unreachable'],
    [{ reasonCode: 2 }, undefined],
    [{ status: 'busy', reasonCode: 8 }, 'busy'],
    [{ status: 'not available', isValidNumber: false }, 'no_such_number'],
    [{ status: 'no answer', isValidNumber: false }, 'no_answer'],
    [{ isValidNumber: true }, undefined],
    [{ status: null }, undefined],
    [{ status: 'something new' }, undefined],
    [{ status: 'No-Answer' }, 'no_answer'],
    [{ status: 'Абонент занят' }, 'busy'],
    [{ status: 'В обработке', reasonCode: 8 }, undefined],
    [{ status: 'calling', reasonCode: 0 }, undefined],
    [{ status: 'SIP 486 Busy Here', reasonCode: 0 }, 'busy'],
    [{ status: 'SIP/2.0 180 Ringing' }, undefined],
    [{ status: 'Calling', isValidNumber: true }, undefined],
    [{ status: 'Calling', isValidNumber: false }, undefined],
    [{ isValidNumber: false }, 'no_such_number'],
    [{ status: '0' }, undefined],
  ])('%j is %s', (details, status) => {
    expect(resultOf(details)?.status).toBe(status)
  })

  it('from the exchange are final once the call has ended or was answered', () => {
    expect(vpbxResultOf({ active: true, status: 'no answer' })).toBeNull()
    expect(vpbxResultOf({ active: true, status: 'answered' })?.status).toBe('answered')
    expect(vpbxResultOf({ active: false, status: 'no answer' })?.status).toBe('no_answer')
  })

  it('from the exchange without an active flag are final, except the initial one', () => {
    expect(vpbxResultOf({ status: 'busy' })?.status).toBe('busy')
    expect(vpbxResultOf({ status: 'no answer' })).toBeNull()
    expect(vpbxResultOf({ status: 'no answer', endTime: 1530446460 })?.status).toBe('no_answer')
  })

  it('accept numbers and flags as strings', () => {
    const read = callDetails.parse({
      callId: '1',
      reasonCode: '8',
      isValidNumber: '0',
      oper: 'MTS',
      region: 'Moscow',
    })
    expect(read).toMatchObject({ callId: '1', reasonCode: 8, isValidNumber: false, oper: 'MTS' })
  })
})
