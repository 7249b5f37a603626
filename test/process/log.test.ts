import { expect, it } from 'vitest'
import { describeError } from '../../src/process/log.ts'
import { ProviderFault } from '../../src/providers/provider.ts'

it('an operator’s fault is logged in one line, with its reason and no stack; our own errors keep their stack', () => {
  expect(describeError(new ProviderFault('timeout', 'no whole answer in time'))).toEqual({
    error: 'ProviderFault',
    reason: 'timeout',
    message: 'no whole answer in time',
  })
  expect(describeError(new TypeError('ours'))).toMatchObject({
    error: 'TypeError',
    stack: expect.any(String),
  })
})
