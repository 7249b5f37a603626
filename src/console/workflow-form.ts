import type { Policy } from '../limits/schemas.ts'
import type { Form } from './form.ts'

/** Rows of fields for the steps of a workflow, numbered from 1. */
export const STEP_ROWS = [1, 2, 3, 4, 5] as const
export const stepField = (row: number, part: 'channel' | 'wait') => `step_${row}_${part}`

/** Fills in the rows. */
export function setSteps(fields: URLSearchParams, workflow: Policy['default_workflow']): void {
  for (const row of STEP_ROWS) {
    const step = workflow?.[row - 1]
    fields.set(stepField(row, 'channel'), step?.channel ?? '')
    fields.set(stepField(row, 'wait'), step ? String(step.wait_seconds) : '')
  }
}

/** The steps in the rows; those without a channel are left out, and no step at all is no workflow. */
export function stepsIn(form: Form, toNumber: (typed: string) => unknown): object[] | null {
  const steps = STEP_ROWS.flatMap((row) => {
    const channel = form.text(stepField(row, 'channel'))
    const wait = form.text(stepField(row, 'wait'))
    return channel ? [{ channel, ...(wait && { wait_seconds: toNumber(wait) }) }] : []
  })
  return steps.length === 0 ? null : steps
}
