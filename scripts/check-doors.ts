import { fileURLToPath } from 'node:url'
import { readModules } from './doors/imports.ts'
import { findLong, readLengths } from './doors/lengths.ts'
import { findBreaches, findStrangers } from './doors/rules.ts'
import { findSleepers } from './doors/sleeps.ts'

/** Fails if an import breaks a rule between rooms (docs/architecture.md), a test sleeps or a file is too long. */
const root = fileURLToPath(new URL('..', import.meta.url))
const modules = readModules(root, ['src', 'worker'])
const findings = [
  ...findStrangers(modules),
  ...findBreaches(modules),
  ...findSleepers(readModules(root, ['test'])),
  ...findLong(readLengths(root)),
]
for (const finding of findings) console.error(finding)
if (findings.length > 0) process.exitCode = 1
else console.log(`${modules.length} files keep to their doors.`)
