import { expect, test } from 'vitest'
import { observeRequest, registry } from '../../src/process/metrics.ts'

test('metrics of the process keep their names and types: dashboards and alarms stand on them', async () => {
  const text = await registry.metrics()
  const types = [...text.matchAll(/^# TYPE nodejs_(\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`)
  const lag = ['', '_min', '_max', '_mean', '_stddev', '_p50', '_p90', '_p99']
  expect(types.sort()).toEqual(
    [
      ...lag.map((part) => `eventloop_lag${part}_seconds gauge`),
      ...['resources', 'handles', 'requests'].flatMap((what) => [
        `active_${what} gauge`,
        `active_${what}_total gauge`,
      ]),
      ...['heap_size_total', 'heap_size_used', 'external_memory'].map((what) => `${what}_bytes gauge`),
      ...['total', 'used', 'available'].map((what) => `heap_space_size_${what}_bytes gauge`),
      'version_info gauge',
      'gc_duration_seconds histogram',
    ].sort(),
  )
  for (const name of ['cpu_user_seconds_total', 'cpu_seconds_total', 'resident_memory_bytes', 'open_fds']) {
    expect(text).toMatch(new RegExp(`^process_${name} \\d`, 'm'))
  }
})

test('requests are told in buckets, with their labels in order', async () => {
  observeRequest('GET', '/v1/a"b', 200, 0.02)
  observeRequest('FOO', null, 404, 0.2)
  const text = await registry.getSingleMetricAsString('ringproof_http_request_duration_seconds')
  const lines = text.split('\n')
  const name = 'ringproof_http_request_duration_seconds'
  const labels = 'method="GET",route="/v1/a\\"b",status="200"'
  expect(lines.slice(0, 2)).toEqual([
    `# HELP ${name} Time from request to answer.`,
    `# TYPE ${name} histogram`,
  ])
  expect(lines).toContain(`${name}_bucket{le="0.01",${labels}} 0`)
  expect(lines).toContain(`${name}_bucket{le="0.025",${labels}} 1`)
  expect(lines).toContain(`${name}_bucket{le="+Inf",${labels}} 1`)
  expect(lines).toContain(`${name}_sum{${labels}} 0.02`)
  expect(lines).toContain(`${name}_count{method="other",route="none",status="404"} 1`)
})
