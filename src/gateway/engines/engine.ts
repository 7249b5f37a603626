import type { CourseEvent } from '../course.ts'
import type { TrunkSettings } from '../schemas.ts'

/** What an engine hears of a call. */
export type Heard = Exclude<CourseEvent, { kind: 'timer' | 'hang_up' }>

/** One way to speak SIP. It places and ends calls; when, and what they mean, is not its concern. */
export type Engine = {
  /** Begins to use a trunk: resolves its name, registers, sends OPTIONS. */
  connect(settings: TrunkSettings, hooks: LineHooks): Line
  /**
   * Ends a call that an earlier process began, from what it had recorded. Null if the record is unreadable.
   * `hear` gets at most the final reply.
   */
  resume(record: unknown, hear: (heard: Heard) => void): Leg | null
  close(): Promise<void>
}

export type LineHooks = {
  /** The registrar refused our credentials. */
  unauthorized(): void
  /** The registrar accepted us. */
  registered(): void
}

export type CallHooks = {
  /** Called before each INVITE leaves, which waits for it. If it rejects, nothing leaves. */
  record(record: unknown): Promise<void>
  hear(heard: Heard): void
}

/** `id`: the call’s. `from`, `to`: E.164. `lastsMs`: after which the trunk should end the call by itself. */
export type Order = { id: string; from: string; to: string; lastsMs: number }

export type Line = {
  /** Resolves once the INVITE has left; rejects if it certainly has not. */
  place(order: Order, hooks: CallHooks): Promise<Leg>
  /** Whether calls may be placed, waiting at most `waitMs` for the name or the registration. */
  isReady(waitMs: number): Promise<boolean>
  standing(): Standing
  close(): void
}

export type Standing = {
  /** Null where the trunk asks for no registration. */
  registered: boolean | null
  /** The address in use; null: the name cannot be resolved. */
  address: string | null
  /** When the trunk last answered OPTIONS, and with what; 0: nothing came. */
  options: { at: number; status: number } | null
}

/** One call at the trunk. */
export type Leg = {
  /** Sends CANCEL, as soon as the protocol allows it. */
  cancel(): void
  /** Nothing more is expected of the call. */
  drop(): void
}
