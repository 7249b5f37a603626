import { z } from 'zod'
import { DIALECTS } from './dialects.ts'
import { isMood, MOODS, type Mood } from './moods.ts'

/**
 * What can be made to go wrong when an operator is asked for a call; `…_after_call`: it has dialled all the same.
 * `silent_drop`: reported as delivered, yet nothing rings; `undetermined`: the status never becomes final.
 * Two go beyond placing, whatever their prefix: `down` (every request gets HTTP 503) and `no_balance`. After the dialects (`dialects.ts`)
 * nothing goes wrong: the operator only tells it oddly. The moods (`moods.ts`) are of polls and records, and touch no placing.
 */
export const FAULT_MODES = [
  'http_500',
  'http_500_after_call',
  'html_404',
  'html_502_after_call',
  'reset_before',
  'reset_after_call',
  'hang',
  'hang_after_call',
  'slow_after_call',
  'garbage_after_call',
  'bad_signature_after_call',
  'refuse',
  'refuse_bare',
  'silent_drop',
  'unreachable',
  'undetermined',
  'down',
  'no_balance',
  ...DIALECTS,
  ...MOODS,
] as const
export type FaultMode = (typeof FAULT_MODES)[number]

/** The body of `POST /faults`: for which phones, how often (`count`; absent: always) and until when (absent: for an hour). */
export const faultRequest = z.strictObject({
  operator: z.string(),
  mode: z.enum(FAULT_MODES),
  prefix: z
    .string()
    .regex(/^\+\d{0,15}$/)
    .default('+'),
  count: z.int().min(1).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
})
export type FaultRequest = z.infer<typeof faultRequest>

type Fault = { request: FaultRequest; left: number; until: number }

const LONGEST_MS = 3_600_000
const MOST = 1_000

export type Faults = {
  /** Whether a fault of that mode stands; does not use it up. */
  stands(namespace: string, operator: string, mode: FaultMode): boolean
  /** False when there are too many already. */
  add(namespace: string, request: FaultRequest): boolean
  clear(namespace: string): void
  /** The fault that hits this call, the newest first; it is used up by that. */
  take(namespace: string, operator: string, phone: string): Exclude<FaultMode, Mood> | null
}

/** Injected faults, each in the namespace that asked for it. `now`: milliseconds. */
export function createFaults(now: () => number): Faults {
  const byNamespace = new Map<string, Fault[]>()
  const alive = (namespace: string) => {
    const faults = (byNamespace.get(namespace) ?? []).filter(({ left, until }) => left > 0 && until > now())
    if (faults.length > 0) byNamespace.set(namespace, faults)
    else byNamespace.delete(namespace)
    return faults
  }
  return {
    add(namespace, request) {
      for (const known of byNamespace.keys()) alive(known)
      const faults = alive(namespace)
      if (faults.length >= MOST || byNamespace.size >= MOST) return false
      const until = Math.min(request.until ? Date.parse(request.until) : Infinity, now() + LONGEST_MS)
      byNamespace.set(namespace, [{ request, left: request.count ?? Infinity, until }, ...faults])
      return true
    },
    stands: (namespace, operator, mode) =>
      byNamespace.has(namespace) &&
      alive(namespace).some(({ request }) => request.operator === operator && request.mode === mode),
    clear: (namespace) => void byNamespace.delete(namespace),
    take(namespace, operator, phone) {
      if (!byNamespace.has(namespace)) return null
      const fault = alive(namespace).find(
        ({ request }) =>
          request.operator === operator && phone.startsWith(request.prefix) && !isMood(request.mode),
      )
      if (!fault) return null
      fault.left -= 1
      return fault.request.mode as Exclude<FaultMode, Mood>
    },
  }
}
