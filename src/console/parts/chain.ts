import type { Html } from '../../html/html.ts'
import type { Visit } from '../visit.ts'
import { badge } from './status.ts'

/** Whether an audit chain is intact. */
export function chainBadge({ t }: Visit, chain: 'intact' | 'broken'): Html {
  return chain === 'intact' ? badge('good', t.chain.intact) : badge('bad', t.chain.broken)
}
