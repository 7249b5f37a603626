import type { ProviderName } from '../providers/registry.ts'
import { newTelSimulator } from './operators/new-tel.ts'
import { telefonIpSimulator } from './operators/telefon-ip.ts'
import type { Simulator } from './state.ts'

/** Every operator simulated, in the order of the registry of providers: the first one is tried first. */
export const simulators: Readonly<Record<ProviderName, Simulator>> = {
  'telefon-ip': telefonIpSimulator,
  'new-tel': newTelSimulator,
}
