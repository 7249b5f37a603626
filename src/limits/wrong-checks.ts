import type { NamedGuess } from '../db/schema/index.ts'
import type { PhoneCounter } from '../draft/rows.ts'
import type { Requester } from '../secrets.ts'
import { ONE_GUESS } from './chance.ts'
import { KEPT, WINDOW_SECONDS } from './phone-counters.ts'
import { shortName } from './requester.ts'
import { within } from './windows.ts'

/** A wrong check, and the chance that it had: the sum over the codes it was compared with. */
export type WrongCheck = { at: Date; millionths: number }

/** The instants that stand for a check in `wrong_guesses`: what a process that knows no chances counts. */
const instantsFor = (millionths: number) => Math.ceil(millionths / ONE_GUESS)

/** Wrong checks of the last 24 hours, oldest first. An instant that nothing weighs is one whole guess. */
export function recentChecks({ earlier, ...own }: PhoneCounter, now: Date): WrongCheck[] {
  const weighed = toChecks(
    [...earlier.namedGuesses, ...own.namedGuesses].filter(({ millionths }) => millionths !== undefined),
  )
  const whole = Map.groupBy([...earlier.wrongGuesses, ...own.wrongGuesses], (at) => at.getTime())
  for (const { at, millionths } of weighed) whole.get(at.getTime())?.splice(0, instantsFor(millionths))
  return recent([...weighed, ...[...whole.values()].flat().map((at) => ({ at, millionths: ONE_GUESS }))], now)
}

/** The requester's wrong checks of the last 24 hours, oldest first. */
export function checksOf({ earlier, ...own }: PhoneCounter, requester: Requester, now: Date): WrongCheck[] {
  const names = requester.map(shortName)
  const named = [...earlier.namedGuesses, ...own.namedGuesses].filter(({ by }) => names.includes(by))
  return recent(toChecks(named), now)
}

/** Counts a wrong check now. `requester` null: unnamed. */
export function addWrongCheck(
  counter: PhoneCounter,
  requester: Requester | null,
  millionths: number,
  now: Date,
): void {
  const hash = requester?.[0]
  const isWhole = millionths === ONE_GUESS
  const check: NamedGuess = {
    by: hash ? shortName(hash) : '',
    at: now.getTime(),
    ...(isWhole ? {} : { millionths }),
  }
  const since = now.getTime() - WINDOW_SECONDS * 1000
  const named = [...counter.namedGuesses.filter(({ at }) => at > since), ...(hash || !isWhole ? [check] : [])]
  const instants = Array<Date>(instantsFor(millionths)).fill(now)
  counter.namedGuesses = named.slice(-KEPT)
  counter.wrongGuesses = [...within(counter.wrongGuesses, now, WINDOW_SECONDS), ...instants].slice(-KEPT)
  counter.updatedAt = now
  counter.changed = true
}

const toChecks = (named: readonly NamedGuess[]): WrongCheck[] =>
  named.map(({ at, millionths = ONE_GUESS }) => ({ at: new Date(at), millionths }))

function recent(checks: readonly WrongCheck[], now: Date): WrongCheck[] {
  const since = now.getTime() - WINDOW_SECONDS * 1000
  return checks.filter(({ at }) => at.getTime() > since).sort((a, b) => a.at.getTime() - b.at.getTime())
}
