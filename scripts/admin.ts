// Before anything that imports Drizzle, which is why the rest is imported afterwards.
import '../src/standalone/quick-imports.ts'

await import('./admin/main.ts')
