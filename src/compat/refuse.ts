import type { AppError } from '../errors.ts'
import type { Answer } from '../exchange/exchange.ts'
import { refusalOf, toAnswer } from './new-tel/answers.ts'
import { refusalOf as telefonIpRefusalOf } from './telefon-ip/answers.ts'

/** What a door answers to a request that did not reach it (overload, a time-out), in its operator's form. */
export function refuseAtDoor(path: string, error: AppError): Answer {
  return path.startsWith('/api/') ? telefonIpRefusalOf(error) : toAnswer(refusalOf(error), null)
}
