import { z } from 'zod'
import { DIALECTS } from './dialects.ts'
import { isMood, MOODS, type Mood } from './moods.ts'

/**
 * Faults to inject into requests for calls. `…_after_call`: the operator has dialled all the same.
 * `silent_drop`: reported as delivered, but nothing rings. `undetermined`: the status never becomes final.
 * Two affect more than placing, whatever their prefix: `down` (every request gets HTTP 503) and `no_balance`.
 * With the dialects (`dialects.ts`) nothing fails: the operator only writes oddly. The moods (`moods.ts`)
 * affect polls and records, never placing.
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

/**
 * The body of `POST /faults`: for which phones, how often (`count`; default: always) and until when (default:
 * for an hour).
 */
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

const LIFETIME_MAX_MS = 3_600_000
/** Of faults in a namespace, and of namespaces with faults. */
const FAULTS_MAX = 1_000

export type Faults = {
  /** Whether a fault with this mode is active. Does not use it up. */
  stands(namespace: string, operator: string, mode: FaultMode): boolean
  /** False if there are already too many. */
  add(namespace: string, request: FaultRequest): boolean
  clear(namespace: string): void
  /** Takes the newest fault that affects this call, and uses it up once. */
  take(namespace: string, operator: string, phone: string): Exclude<FaultMode, Mood> | null
}

/** Keeps injected faults, each in the namespace that requested it. `now`: milliseconds. */
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
      if (faults.length >= FAULTS_MAX || byNamespace.size >= FAULTS_MAX) return false
      const until = Math.min(request.until ? Date.parse(request.until) : Infinity, now() + LIFETIME_MAX_MS)
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
