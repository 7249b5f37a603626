import { erasePhone } from '../erasure/erase.ts'
import { getErasure, listErasures } from '../erasure/read.ts'
import { EraseInput } from '../erasure/schemas.ts'
import { validate } from '../input/validate.ts'
import { getStanding, listStandings, setStanding } from '../limits/manage-standings.ts'
import { StandingInput } from '../limits/standing-schemas.ts'
import { PAGE_MAX } from '../values/pages.ts'
import { command, MODE, type Noun, TENANT } from './command.ts'
import { fieldOptions, readFields } from './fields.ts'
import { everyPage } from './resource.ts'

const words = ['<phone>']

export const phoneNoun: Noun = {
  list: command({
    says: 'Lists the phones that a tenant trusts or blocks, the last changed first.',
    options: TENANT,
    async run(installation, values) {
      const context = await installation.for(values)
      return everyPage((cursor) => listStandings(context, { limit: PAGE_MAX, cursor }))
    },
  }),
  show: command({
    says: 'Shows whether a tenant trusts or blocks a phone.',
    words,
    options: TENANT,
    run: async (installation, values, [phone = '']) => getStanding(await installation.for(values), { phone }),
  }),
  set: command({
    says: 'Trusts or blocks a phone, or makes it neutral.',
    words,
    options: { ...fieldOptions(StandingInput, ['standing']), ...TENANT },
    async run(installation, values, [phone = '']) {
      const input = readFields(StandingInput, values)
      return setStanding(await installation.for(values), { ...input, phone })
    },
  }),
  erase: command({
    says: 'Cancels the live verifications of a phone and erases its personal data for good; signs a certificate.',
    words,
    options: { ...TENANT, ...MODE },
    run: async (installation, values, [phone = '']) =>
      erasePhone(await installation.for(values), validate(EraseInput, { phone }, 'body')),
  }),
}

export const erasureNoun: Noun = {
  list: command({
    says: 'Lists the erasures of a tenant, newest first.',
    options: { ...TENANT, ...MODE },
    async run(installation, values) {
      const context = await installation.for(values)
      return everyPage((cursor) => listErasures(context, { limit: PAGE_MAX, cursor }))
    },
  }),
  show: command({
    says: 'Shows an erasure and its certificate.',
    words: ['<era_…>'],
    options: { ...TENANT, ...MODE },
    run: async (installation, values, [id = '']) => getErasure(await installation.for(values), { id }),
  }),
}
