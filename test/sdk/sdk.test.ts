import { afterAll } from 'vitest'
import { closeSdk } from './service.ts'
// One file, so that one service serves them all.
import './verifications.ts'
import './signed.ts'
import './build.ts'
import './better-auth.ts'
import './examples.ts'
import './integrations.ts'

afterAll(closeSdk)
