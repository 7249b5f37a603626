import { Hono } from 'hono'
import type { ProviderName } from '../providers/registry.ts'
import { narayanaSimulator } from './operators/narayana.ts'
import { newTelSimulator } from './operators/new-tel.ts'
import { telefonIpSimulator } from './operators/telefon-ip.ts'
import { teleumSimulator } from './operators/teleum.ts'
import type { Simulator } from './state.ts'

/**
 * The simulators of all operators, in the order of the registry of providers, in which test calls try them.
 */
export const simulators: Readonly<Record<ProviderName, Simulator>> = {
  'telefon-ip': telefonIpSimulator,
  'new-tel': newTelSimulator,
  narayana: narayanaSimulator,
  teleum: teleumSimulator,
  // Over UDP: `trunk.ts`.
  sip: () => new Hono(),
}
