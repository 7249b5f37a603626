import { expect, it } from 'vitest'
import { post } from '../../src/events/send.ts'

it.each([true, false])(
  'a broken URL is no answer, and throws nothing (private targets: %s)',
  async (allowed) => {
    const sent = await post({ url: 'http://', headers: {}, body: '{}', allowPrivateTargets: allowed })
    expect(sent).toMatchObject({ status: null, error: 'INVALID_URL' })
  },
)
