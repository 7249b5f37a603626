import { providers } from '../../../src/providers/registry.ts'
import { simulators } from '../../../src/sandbox/registry.ts'
import { exampleTel } from './index.ts'
import { exampleTelSimulator } from './simulator.ts'

/** Imported before a process's own code (`node --import`), registers example-tel after the other operators. */
Object.assign(providers, { 'example-tel': exampleTel })
Object.assign(simulators, { 'example-tel': exampleTelSimulator })
