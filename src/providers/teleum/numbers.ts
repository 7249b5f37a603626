import { readNumbers } from '../../channels/pool-numbers.ts'
import { RECORDS_LIMIT_BYTES } from '../http.ts'
import { ProviderFault } from '../provider.ts'
import { lineFor, numbersOf, type TeleumAccount } from './account.ts'
import { ask } from './request.ts'
import { toNumbers } from './wire.ts'

/** Ten thousand numbers take more than an answer usually may. */
const LISTS = { limitBytes: RECORDS_LIMIT_BYTES }

/**
 * The numbers that the account can call from (E.164): rented (`getConnectedNumbers`), permitted as a caller id
 * (`getRCIDs`, if the operator lists any), and with a line that shows them. Throws `ProviderFault`.
 */
export async function ownNumbers(account: TeleumAccount): Promise<string[]> {
  const { value } = await ask(account, 'getConnectedNumbers', {}, LISTS)
  const rented = toNumbers('numbers' in value ? value.numbers : value)
  const callerIds = new Set(await readCallerIds(account))
  return rented.filter(
    (number) => (callerIds.size === 0 || callerIds.has(number)) && lineFor(account, number) !== null,
  )
}

async function readCallerIds(account: TeleumAccount): Promise<string[]> {
  try {
    return toNumbers((await ask(account, 'getRCIDs', {}, LISTS)).value.rcids)
  } catch (error) {
    if (error instanceof ProviderFault && error.reason !== 'unauthorized') return []
    throw error
  }
}

/** Whether a number (E.164) is one that the account calls from. */
export function isOwnNumber({ settings, credentials }: TeleumAccount): (number: string) => boolean {
  const ranges = readNumbers(numbersOf(settings, credentials))
  const own = new Set(
    'refused' in ranges
      ? []
      : ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i)),
  )
  return (number) => own.has(Number(number.slice(1)))
}
