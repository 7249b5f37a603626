#!/usr/bin/env node
// Before anything that imports Drizzle, which is why the rest is imported afterwards.
import '../standalone/quick-imports.ts'

const { run } = await import('./run.ts')
process.exitCode = await run(process.argv.slice(2))
