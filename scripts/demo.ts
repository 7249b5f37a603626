import { createClient } from './demo/client.ts'
import { findService } from './demo/service.ts'
import { demonstrate } from './demo/steps.ts'

/** npm run demo [-- rp_test_…]: one verification from start to audit, with the time of each step. */
async function main(): Promise<void> {
  const service = await findService(process.argv[2] ?? process.env.KEY)
  try {
    console.log(`Ringproof at ${service.url} (${service.how})\n`)
    const startedAt = performance.now()
    await demonstrate(createClient(service), (line) => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(2)
      console.log(`${seconds.padStart(6)} s  ${line}`)
    })
  } finally {
    await service.stop()
  }
}

main().catch((error: Error) => {
  console.error(`\nThe demo failed: ${error.message}`)
  process.exitCode = 1
})
