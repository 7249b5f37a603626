import type { Tx } from './client.ts'

/**
 * Returns the transaction's time, and makes its later statements find their rows by index, with generic
 * plans. The planner takes a new or fast-growing table for a small one, and the lists we send for long ones:
 * it would read whole tables to find a few dozen rows.
 */
export async function useIndexPlans(tx: Tx): Promise<Date> {
  const [row] = await tx<{ now: Date }[]>`
    select now() as now, set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
      set_config('enable_mergejoin', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('enable_material', 'off', true),
      set_config('plan_cache_mode', 'force_generic_plan', true)`
  return row?.now as Date
}
