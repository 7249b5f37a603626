import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'

/** They kill and restart, each with a stack of its own: after all others. */
const OUTAGES = ['test/e2e/recovery.*.test.ts', 'test/faults/**/*.test.ts']

export default defineConfig({
  // The examples and `sdk/better-auth` import the SDK by its name.
  resolve: { alias: { ringproof: fileURLToPath(new URL('sdk/typescript/src/index.ts', import.meta.url)) } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...OUTAGES],
          sequence: { groupOrder: 0 },
          // Each end-to-end file keeps four or more processes of its own busy.
          maxWorkers: 3,
        },
      },
      {
        extends: true,
        test: { name: 'outages', include: OUTAGES, sequence: { groupOrder: 1 }, maxWorkers: 3 },
      },
    ],
    globalSetup: ['test/setup/global.ts'],
    reporters: ['default', './test/setup/count-reporter.ts'],
    // Processes, not threads: tests send signals, and start children that must end with them.
    pool: 'forks',
    // Files share what they import: to load it anew for each took as long as the tests.
    isolate: false,
    testTimeout: 90_000,
    hookTimeout: 120_000,
    teardownTimeout: 10_000,
  },
})
