import { type Providers, providers } from '../../src/providers/registry.ts'
import { simulators } from '../../src/sandbox/registry.ts'
import { exampleTel } from './example-tel/index.ts'
import { exampleTelSimulator } from './example-tel/simulator.ts'

/** The operators of a version with one more, which test calls try first. */
export const oneMore = {
  providers: { 'example-tel': exampleTel, ...providers } satisfies Providers,
  simulators: { 'example-tel': exampleTelSimulator, ...simulators },
}

const { narayana: _, ...speechless } = providers

/** Operators none of which has the channel `voice`. */
export const withoutVoice = { providers: speechless satisfies Providers }
