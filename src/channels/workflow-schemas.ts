import { z } from '@hono/zod-openapi'
import { CHANNELS } from './channels.ts'

/** Seconds that a step waits before the next one begins. */
const WAIT_SECONDS = { min: 15, default: 45, max: 300 } as const
const STEPS_MAX = 5

/** The steps of a workflow, in order. */
export const Workflow = z
  .array(
    z.strictObject({
      channel: z.enum(CHANNELS).openapi({ description: 'How the step reaches the phone.' }),
      wait_seconds: z
        .int()
        .min(WAIT_SECONDS.min)
        .max(WAIT_SECONDS.max)
        .default(WAIT_SECONDS.default)
        .openapi({
          description:
            'How long to wait before the next step begins, in seconds. If the phone was reached and the pause between starts (`phone_pause_seconds`) is not over by then, the next step is skipped.',
        }),
    }),
  )
  .min(1)
  .max(STEPS_MAX)
