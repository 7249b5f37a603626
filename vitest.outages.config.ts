import { configDefaults, defineConfig } from 'vitest/config'
import base, { OUTAGES } from './vitest.config.ts'

/** The tests that take things away in the middle, one file after another. */
export default defineConfig({
  test: {
    ...base.test,
    include: OUTAGES,
    exclude: configDefaults.exclude,
    maxWorkers: 1,
    fileParallelism: false,
  },
})
