import { readTrunkAddress, writeTrunkAddress } from '../../gateway/trunk-address.ts'
import { isRefusedLiteral } from '../../process/targets.ts'
import { inWords, say } from '../../words/text.ts'
import { type Provider, ProviderFault } from '../provider.ts'
import { credentials, type SipAccount, type SipCredentials, settings } from './account.ts'
import {
  callOpenSeconds,
  checkTrunk,
  hangUpOverSip,
  placeOverSip,
  recordsOverSip,
  restartTrunks,
  statusOverSip,
} from './calls.ts'
import { form } from './form.ts'
import { type SipSettings, trunkOf } from './settings.ts'

/**
 * Any SIP trunk, through the gateway: flash calls from numbers of the account. What the gateway sent, and how it
 * ended, is in its journal; a trunk tells no balance and no price.
 */
export const sip: Provider<SipCredentials, SipSettings> = {
  name: 'sip',
  credentials,
  settings,
  form,
  defaultBaseUrl: '',
  scheme: 'sip',

  capabilities(settings) {
    const { numbers, code_length: digits, request_timeout_ms } = settings
    return {
      channels: {
        flash_call: {
          codeOrigin: 'pool',
          codeLength: { min: digits, max: digits },
          pool: { numbers, lines: false },
          callOpenSeconds: callOpenSeconds(settings),
          silentOutcome: 'unknown',
        },
      },
      prefixes: [],
      placeTimeoutMs: request_timeout_ms,
      recordsAreComplete: true,
      recordsTellPrices: false,
    }
  },

  /** `PUT /v1/calls/{attempt}` of the gateway. */
  async place(account, call) {
    const trunk = trunkFor(account)
    if (!trunk) return { kind: 'not_sent', detail: inWords('en', say('note_private_address')) }
    return placeOverSip(account, trunk, call)
  },
  status: statusOverSip,
  hangUp: hangUpOverSip,
  records: (account, query) => recordsOverSip(account, query, account.settings.code_length),

  /** There is none: the gateway says whether the trunk takes our calls. */
  async balance(account) {
    const trunk = trunkFor(account)
    if (!trunk) throw new ProviderFault('unreachable', say('note_private_address'))
    await checkTrunk(account, trunk)
    return null
  },
  restart: restartTrunks,

  sandboxCredentials: ({ key, signKey }) => ({ username: key, password: signKey }),
  sandboxSettings: { numbers: ['+74951110000-74951119999'] },
  sandboxPrefix: '+790000002',
  sandboxAddress(sandboxUrl) {
    const { hostname, port } = new URL(sandboxUrl)
    return writeTrunkAddress({ server: hostname, port: Number(port || 80), transport: 'udp' })
  },
}

/** Null for an address that the gateway must not be sent to. */
function trunkFor({ id, baseUrl, credentials, settings, allowPrivateTargets }: SipAccount) {
  const address = readTrunkAddress(baseUrl)
  if (!address || (!allowPrivateTargets && isRefusedLiteral(address.server))) return null
  return { id, settings: trunkOf(address, credentials, settings) }
}
