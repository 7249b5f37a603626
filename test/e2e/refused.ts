import { expect } from 'vitest'
import type { Answer } from '../setup/processes.ts'

/** Checks that the answer is a problem document. */
export function refused(
  answer: Answer,
  status: number,
  code: string,
  more: Record<string, unknown> = {},
): void {
  expect(answer.status, answer.text).toBe(status)
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(answer.body).toMatchObject({ status, code, ...more })
}
