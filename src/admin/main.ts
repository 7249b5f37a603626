#!/usr/bin/env node
// Before anything that imports Drizzle, which is why the rest is imported afterwards.
import '../standalone/quick-imports.ts'

await import('./command.ts')
