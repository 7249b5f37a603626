import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Container, PodSpec } from 'kubernetes-types/core/v1.d.ts'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { ROOT, read } from '../docs/blocks.ts'
import { hasProgram } from '../setup/programs.ts'
import { findMistakes, type Manifest } from './kubernetes.ts'

const CHART = join(ROOT, 'deploy/helm/ringproof')
const NEEDED = { secret: 'ringproof', 'image.repository': 'ghcr.io/owner/ringproof' }
const EVERYTHING = {
  ...NEEDED,
  'image.digest': `sha256:${'a'.repeat(64)}`,
  'image.pullSecrets[0]': 'registry',
  'api.autoscaling.enabled': 'true',
  'worker.autoscaling.enabled': 'true',
  'migration.secret': 'owner',
  'gateway.enabled': 'true',
  'gateway.settings.SIP_ADDRESS': '0.0.0.0',
  'gateway.storage.className': 'fast',
  'ingress.enabled': 'true',
  'ingress.host': 'verify.example.com',
  'ingress.className': 'nginx',
  'ingress.tlsSecret': 'tls',
  'networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.name': 'monitoring',
  'networkPolicy.apiFrom[0].ipBlock.cidr': '10.0.0.0/8',
}

function helm(command: string[], values: Record<string, string>) {
  const set = Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`])
  return spawnSync('helm', [...command, CHART, ...set], { encoding: 'utf8' })
}

function render(values: Record<string, string>): Manifest[] {
  const { status, stdout, stderr } = helm(['template', 'rp'], values)
  if (status !== 0) throw new Error(stderr)
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest)
}

type Workload = Manifest & {
  spec: { template: { metadata: { labels: Record<string, string> }; spec: PodSpec } }
}
const workloads = (manifests: Manifest[]) =>
  manifests.filter(({ kind }) => ['Deployment', 'StatefulSet', 'Job'].includes(kind)) as Workload[]
const containers = (manifests: Manifest[]): Container[] =>
  workloads(manifests).flatMap(({ spec }) => spec.template.spec.containers)
const names = (manifests: Manifest[]) =>
  manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()

test('the chart has the version of the service', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string }
  expect(parse(read('deploy/helm/ringproof/Chart.yaml'))).toMatchObject({ version, appVersion: version })
})

describe.skipIf(!hasProgram('helm'))('the chart', () => {
  const full = hasProgram('helm') ? render(EVERYTHING) : []

  test('passes helm lint, and refuses unknown values and an installation without image or secret', () => {
    const linted = helm(['lint', '--strict'], NEEDED)
    expect(linted.status, linted.stdout).toBe(0)
    expect(helm(['template', 'rp'], {}).stderr).toContain('/secret')
    expect(helm(['template', 'rp'], { ...NEEDED, 'api.replica': '3' }).stderr).toContain('replica')
    expect(helm(['template', 'rp'], { ...NEEDED, 'ingress.enabled': 'true' }).stderr).toContain(
      'ingress.host',
    )
  })

  test('makes API, workers and migration by default, and the rest when asked', () => {
    const least = [
      'Deployment rp-ringproof-api',
      'Deployment rp-ringproof-worker',
      'Job rp-ringproof-migration',
      'NetworkPolicy rp-ringproof-api',
      'NetworkPolicy rp-ringproof-worker',
      'PodDisruptionBudget rp-ringproof-api',
      'PodDisruptionBudget rp-ringproof-worker',
      'Service rp-ringproof',
    ]
    expect(names(render(NEEDED))).toEqual(least)
    expect(names(full).filter((name) => !least.includes(name))).toEqual([
      'HorizontalPodAutoscaler rp-ringproof-api',
      'HorizontalPodAutoscaler rp-ringproof-worker',
      'Ingress rp-ringproof',
      'NetworkPolicy rp-ringproof-gateway',
      'Service rp-ringproof-gateway',
      'Service rp-ringproof-gateway-sip',
      'StatefulSet rp-ringproof-gateway',
    ])
  })

  test('has only fields that Kubernetes knows, with values of their types', () => {
    const misspelt = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec: { selectors: {} } }
    const found = findMistakes([...full, misspelt])
    expect(found).toEqual([expect.stringContaining('selectors')])
  })

  test('runs without root, rights at the cluster or a writable image, within limits', () => {
    for (const { metadata, spec } of workloads(full)) {
      const pod = spec.template.spec
      expect([metadata.name, pod.securityContext, pod.automountServiceAccountToken]).toEqual([
        metadata.name,
        expect.objectContaining({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }),
        false,
      ])
    }
    for (const { name, securityContext, resources, image } of containers(full)) {
      expect([name, securityContext]).toEqual([
        name,
        { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      ])
      expect(resources?.limits?.memory).toBeTruthy()
      expect(image).toBe(`ghcr.io/owner/ringproof@${EVERYTHING['image.digest']}`)
    }
  })

  test('runs programs of the image, with settings that exist, and asks for health where it is answered', () => {
    const known = new Set([...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name))
    for (const { name, command = [], env = [], ...container } of containers(full)) {
      const [program, file = ''] = command
      if (program === 'node') expect([name, existsSync(join(ROOT, file))]).toEqual([name, true])
      else expect(command).toEqual(['admin', 'migrate'])
      expect(env.filter((each) => each.name !== 'NODE_ENV' && !known.has(each.name))).toEqual([])
      const { livenessProbe, readinessProbe } = container
      const asked = [livenessProbe?.httpGet?.path, readinessProbe?.httpGet?.path]
      const answered = { migration: [undefined, undefined], gateway: ['/healthz', '/healthz'] }
      expect([name, asked]).toEqual([
        name,
        answered[name as keyof typeof answered] ?? ['/healthz', '/readyz'],
      ])
    }
  })

  test('takes secrets by reference only, and gives the gateway one key', () => {
    expect(full.filter(({ kind }) => kind === 'Secret')).toEqual([])
    const secret = (name: string) => {
      const { env = [], envFrom = [] } = containers(full).find((each) => each.name === name) ?? {}
      return [...envFrom.map((each) => each.secretRef?.name), ...env.flatMap((each) => each.valueFrom ?? [])]
    }
    expect(secret('api')).toEqual(['ringproof'])
    expect(secret('worker')).toEqual(['ringproof'])
    expect(secret('migration')).toEqual(['ringproof', 'owner'])
    expect(secret('gateway')).toEqual([{ secretKeyRef: { name: 'ringproof', key: 'GATEWAY_KEY' } }])
  })

  test('every selector finds the pods of exactly one workload', () => {
    type Selecting = { spec: { selector?: Record<string, string> | { matchLabels: Record<string, string> } } }
    for (const manifest of full.filter(({ kind }) => ['Service', 'PodDisruptionBudget'].includes(kind))) {
      const { selector = {} } = (manifest as unknown as Selecting).spec
      const wanted = Object.entries('matchLabels' in selector ? (selector.matchLabels as object) : selector)
      const found = workloads(full).filter(({ spec }) =>
        wanted.every(([name, value]) => spec.template.metadata.labels[name] === value),
      )
      expect([manifest.metadata.name, found.length]).toEqual([manifest.metadata.name, 1])
    }
  })

  test('leaves the number of processes to the autoscaler where there is one', () => {
    const replicas = (manifests: Manifest[]) =>
      manifests
        .filter(({ kind }) => kind === 'Deployment')
        .map((each) => (each as never as { spec: { replicas?: number } }).spec.replicas)
    expect(replicas(full)).toEqual([undefined, undefined])
    expect(replicas(render(NEEDED))).toEqual([2, 2])
  })
})
