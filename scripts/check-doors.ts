import { fileURLToPath } from 'node:url'
import { findCircles } from './doors/circles.ts'
import { readModules } from './doors/imports.ts'
import { findBreaches } from './doors/rules.ts'

/** Fails when an import breaks a door between the rooms (CONTRIBUTING.md), or closes a circle. */
const modules = readModules(fileURLToPath(new URL('..', import.meta.url)), ['src', 'worker'])
const findings = [
  ...findBreaches(modules),
  ...findCircles(modules).map((circle) => `a circle of imports: ${circle}`),
]
for (const finding of findings) console.error(finding)
if (findings.length > 0) process.exitCode = 1
else console.log(`${modules.length} files keep to their doors.`)
