import type { Claim, Context, DoorActor } from '../context.ts'

/** The context of a verb that a client at a door calls. */
export type DoorContext = Context<DoorActor> & { claim?: Claim }
