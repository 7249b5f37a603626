import { createClient } from './demo/client.ts'
import { findService } from './demo/service.ts'
import { demonstrate } from './demo/steps.ts'
import { callIn, fallBack } from './demo/ways.ts'

/**
 * npm run demo [-- rp_test_…]: one verification from start to audit, one that falls back from a call to an SMS, and
 * one by an inbound call, with the time of each step.
 */
async function main(): Promise<void> {
  const service = await findService(process.argv[2] ?? process.env.KEY)
  try {
    console.log(`Ringproof at ${service.url} (${service.how})\n`)
    const startedAt = performance.now()
    const request = createClient(service)
    const say = (line: string) => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(2)
      console.log(`${seconds.padStart(6)} s  ${line}`)
    }
    console.log('A flash call')
    await demonstrate(request, say)
    console.log('\nA flash call that vanishes, then an SMS')
    await fallBack(request, say)
    console.log('\nAn inbound call')
    await callIn(request, say)
  } finally {
    await service.stop()
  }
}

main().catch((error: Error) => {
  console.error(`\nThe demo failed: ${error.message}`)
  process.exitCode = 1
})
