import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHANNELS } from '../../src/channels/channels.ts'
import { registry } from '../../src/process/metrics.ts'
import { ATTEMPT_STATUSES, VERIFICATION_STATUSES } from '../../src/values/statuses.ts'
import { FAILURE_CODES } from '../../src/verifications/failure.ts'
import { phoneBook, type Service, startService } from '../e2e/support.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { hasProgram } from '../setup/programs.ts'
import {
  ALERTS,
  alerts,
  DASHBOARD_EXPRESSIONS,
  dashboard,
  FOLDER,
  METRICS,
  selectorsIn,
} from './documents.ts'
import { parseExpressions, promtool } from './promtool.ts'

const ours = ({ name }: { name: string }) => name.startsWith('ringproof_')
const byName = <T extends { name: string }>(rows: readonly T[]) =>
  [...rows].sort((a, b) => a.name.localeCompare(b.name))
const typesIn = (text: string) =>
  [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({ name, type }))

const USED = [...DASHBOARD_EXPRESSIONS, ...alerts].flatMap(selectorsIn)
/** Added by Prometheus when it scrapes. */
const SCRAPED = ['job', 'instance']

describe('what API and worker expose', () => {
  let service: Service
  const exposed = { API: '', worker: '' }
  beforeAll(async () => {
    service = await startService('PostgreSQL', { quick: true, env: { WORKER_PORT: '0' } })
    const phone = phoneBook('+7926')()
    const { id } = await service.begin(phone)
    await service.until(id, 'delivered')
    const [from = ''] = await service.rung(phone)
    expect((await service.confirm(id, from)).status).toBe(200)
    exposed.API = (await service.request('GET', '/metrics')).text
    exposed.worker = await (await fetch(`${service.stack.urlOf('worker-1')}/metrics`)).text()
  })
  afterAll(() => service?.stop())

  it('is what the table of all metrics says, by name, type and process', () => {
    for (const process of ['API', 'worker'] as const) {
      const said = METRICS.filter(({ processes }) => processes.includes(process))
      expect(byName(said.map(({ name, type }) => ({ name, type })))).toEqual(
        byName(typesIn(exposed[process]).filter(ours)),
      )
    }
  })

  it('has every metric that the dashboard and the alert rules name', () => {
    const all = new Set(Object.values(exposed).flatMap((text) => typesIn(text).map(({ name }) => name)))
    expect(USED.filter(({ metric }) => !all.has(metric))).toEqual([])
    const unused = METRICS.filter(({ name }) => !USED.some(({ metric }) => metric === name))
    expect(unused).toEqual([])
  })

  it.runIf(hasProgram('promtool'))(
    'passes promtool, apart from three names that Node’s metrics bring',
    () => {
      for (const input of Object.values(exposed)) {
        expect(
          promtool(['check', 'metrics'], { input })
            .output.split('\n')
            .filter((line) => !/^nodejs_active_(handles|requests|resources)_total /.test(line)),
        ).toEqual([])
      }
    },
  )
})

describe('labels', () => {
  let test: TestHttp
  beforeAll(async () => {
    test = await startTestHttp()
  })
  afterAll(() => test?.stop())

  it('are those of the table of all metrics', () => {
    const metrics = registry.getMetricsAsArray() as unknown as { name: string; labelNames: string[] }[]
    const declared = metrics.filter(ours).map(({ name, labelNames }) => ({ name, labels: [...labelNames] }))
    expect(byName(METRICS.map(({ name, labels }) => ({ name, labels })))).toEqual(byName(declared))
  })

  it('that the dashboard and the rules select by exist, with these values', () => {
    const KNOWN: Record<string, readonly string[]> = {
      outcome: [...VERIFICATION_STATUSES, ...ATTEMPT_STATUSES],
      failure: [...FAILURE_CODES, 'none'],
      channel: CHANNELS,
      mode: ['live', 'test'],
      checked_by: ['service', 'client'],
      reached: ['yes', 'no'],
      request: ['place', 'status', 'records', 'balance'],
    }
    const wrong = USED.flatMap(({ metric, labels }) => {
      const own = METRICS.find(({ name }) => name === metric)?.labels ?? []
      return labels.filter(
        ({ name, values }) =>
          ![...own, ...SCRAPED].includes(name) ||
          (KNOWN[name] && values.some((value) => !KNOWN[name]?.includes(value))),
      )
    })
    expect(wrong).toEqual([])
  })
})

describe('alert rules', () => {
  it('each say what is wrong and what to do, with a link that leads somewhere', () => {
    const text = readFileSync(`${FOLDER}../production.md`, 'utf8')
    const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    )
    for (const alert of alerts) {
      expect(alert).toMatch(/^ +summary: \S/m)
      const [, anchor] = /^ +runbook: .+ docs\/production\.md#([\w-]+)'?$/m.exec(alert) ?? []
      expect(anchors, alert).toContain(anchor)
    }
  })

  it.runIf(hasProgram('promtool'))('are rules of Prometheus, and fire when they should', () => {
    expect(promtool(['check', 'rules', 'alerts.yml'], { cwd: FOLDER })).toMatchObject({
      status: 0,
      output: expect.stringContaining(`SUCCESS: ${alerts.length} rules found`),
    })
    const tested = promtool(['test', 'rules', 'alerts.test.yml'], { cwd: FOLDER })
    expect(tested, tested.output).toMatchObject({ status: 0 })
    expect(ALERTS.length).toBeGreaterThan(0)
  })

  it.runIf(hasProgram('promtool'))('are loaded by the example of a configuration', () => {
    const checked = promtool(['check', 'config', '--syntax-only', 'prometheus.yml'], { cwd: FOLDER })
    expect(checked, checked.output).toMatchObject({ status: 0 })
  })
})

describe('the dashboard', () => {
  it('has its rows, and a query in every panel', () => {
    const rows = dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title)
    expect(rows).toEqual([
      'Traffic',
      'Verifications: funnel and conversion',
      'Times',
      'Operators',
      'Queue',
      'API',
      'Processes',
    ])
    const empty = dashboard.panels.filter(({ type, targets = [] }) => type !== 'row' && targets.length === 0)
    expect(empty).toEqual([])
  })

  it.runIf(hasProgram('promtool'))('has only expressions that Prometheus can read', () => {
    const parsed = parseExpressions(DASHBOARD_EXPRESSIONS)
    expect(parsed, parsed.output).toMatchObject({ status: 0 })
    expect(parsed.output).toContain(`${DASHBOARD_EXPRESSIONS.length} rules found`)
    expect(parseExpressions(['sum by (']).status).not.toBe(0)
  })
})
