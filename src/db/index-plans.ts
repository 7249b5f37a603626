import type { Tx } from './client.ts'

/**
 * Answers with the transaction's time, and makes its later statements find their rows by index, with a plan that is made
 * once. The planner takes a new or fast growing table for a small one, and the lists that we send for long ones; it
 * would read whole tables to find a few dozen rows.
 */
export async function useIndexPlans(tx: Tx): Promise<Date> {
  const [row] = await tx<{ now: Date }[]>`
    select now() as now, set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
      set_config('enable_mergejoin', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('enable_material', 'off', true),
      set_config('plan_cache_mode', 'force_generic_plan', true)`
  return row?.now as Date
}
