import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const FOLDER = fileURLToPath(new URL('../../docs/monitoring/', import.meta.url))
const read = (name: string) => readFileSync(`${FOLDER}${name}`, 'utf8')

/** A row of the table of all metrics. */
export type Row = { name: string; type: string; labels: string[]; processes: string[] }

export const METRICS: readonly Row[] = [
  ...read('README.md').matchAll(/^\| `(\w+)` \| (counter|gauge|histogram) \|(.*?)\| (.+?) \| .+ \|$/gm),
].map(([, name = '', type = '', labels = '', processes = '']) => ({
  name,
  type,
  labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label),
  processes: processes.split(', '),
}))

type Panel = { type: string; title: string; targets?: { expr: string }[] }
export type Dashboard = { title: string; panels: Panel[] }

export const dashboard = JSON.parse(read('dashboard.json')) as Dashboard

/** The expressions of the dashboard, with Grafana's variables filled in. */
export const DASHBOARD_EXPRESSIONS = dashboard.panels
  .flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
  .map((expr) =>
    expr.replaceAll('$__rate_interval', '1m').replaceAll('$__range', '6h').replaceAll('$mode', 'live'),
  )

export const ALERTS = read('alerts.yml')

/** The alerts, as text. */
export const alerts = ALERTS.split(/^ +- alert: /m).slice(1)

type Selector = { metric: string; labels: { name: string; values: string[] }[] }

/** The metrics that PromQL names, with the labels that it selects by and their values. */
export function selectorsIn(text: string): Selector[] {
  const found = text.matchAll(/\b((?:ringproof|nodejs|process)_[a-z0-9_]+)(?:\{([^}]*)\})?/g)
  return [...found].map(([, metric = '', labels = '']) => ({
    metric: metric.replace(/^(ringproof_.+|nodejs_gc.+)_(bucket|count|sum)$/, '$1'),
    labels: [...labels.matchAll(/(\w+)(?:=~|!=|=|!~)"([^"]*)"/g)].map(([, name = '', value = '']) => ({
      name,
      values: value.split('|'),
    })),
  }))
}
