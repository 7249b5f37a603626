import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { ROOT, read } from '../docs/blocks.ts'

const WORKFLOWS = globSync('.github/workflows/*.yml', { cwd: ROOT })
const { version } = JSON.parse(read('package.json')) as { version: string }

type Job = {
  permissions?: Record<string, string>
  'runs-on'?: string
  'timeout-minutes'?: number
  uses?: string
}
type Workflow = { on: object; permissions: Record<string, string>; jobs: Record<string, Job> }

test('the workflows test Linux on x64 and arm64 and macOS, analyse the code and publish', () => {
  expect(WORKFLOWS.map((path) => path.split('/').at(-1)).sort()).toEqual([
    'ci.yml',
    'codeql.yml',
    'release.yml',
  ])
  for (const runner of ['ubuntu-24.04', 'ubuntu-24.04-arm', 'macos-15']) {
    expect(read('.github/workflows/ci.yml')).toContain(runner)
  }
})

test.each(WORKFLOWS)('every action of %s is pinned to a commit, with its version', (path) => {
  const uses = [...read(path).matchAll(/\buses: (.*)$/gm)].map(([, action = '']) => action)
  expect(uses.length).toBeGreaterThan(0)
  for (const action of uses.filter((each) => !each.startsWith('./'))) {
    expect(action).toMatch(/^[\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  }
  for (const local of uses.filter((each) => each.startsWith('./')))
    expect(existsSync(join(ROOT, local))).toBe(true)
})

test('one action has one commit in all workflows', () => {
  const commits = new Map<string, string>()
  for (const [, action = '', commit = ''] of WORKFLOWS.map(read)
    .join('\n')
    .matchAll(/uses: ([^@\s]+)@(.*)$/gm)) {
    expect([action, commits.get(action) ?? commit]).toEqual([action, commit])
    commits.set(action, commit)
  }
  expect(commits.size).toBeGreaterThan(5)
})

test.each(WORKFLOWS)('%s may only read unless a job says otherwise, and no job runs for ever', (path) => {
  const workflow = parse(read(path), { strict: true }) as Workflow
  expect(workflow.permissions).toEqual({ contents: 'read' })
  for (const [name, job] of Object.entries(workflow.jobs)) {
    if (job.uses === undefined) expect([name, job['timeout-minutes']]).toEqual([name, expect.any(Number)])
  }
})

test('nothing that others can set is pasted into a shell of a workflow', () => {
  for (const path of WORKFLOWS) {
    const { jobs } = parse(read(path)) as { jobs: Record<string, { steps?: { run?: string }[] }> }
    const runs = Object.values(jobs).flatMap(({ steps = [] }) => steps.flatMap(({ run }) => run ?? []))
    expect(runs.filter((run) => run.includes('${{'))).toEqual([])
  }
})

test('issue forms, Dependabot and the lock file of what it watches are there', () => {
  for (const path of globSync('.github/ISSUE_TEMPLATE/*.yml', { cwd: ROOT })) {
    const form = parse(read(path), { strict: true }) as { body?: { type: string; id?: string }[] }
    const ids = (form.body ?? []).flatMap(({ id }) => id ?? [])
    expect(new Set(ids).size, path).toBe(ids.length)
  }
  type Update = { 'package-ecosystem': string; directory?: string; directories?: string[] }
  const { updates } = parse(read('.github/dependabot.yml')) as { updates: Update[] }
  const FILES: Record<string, string> = {
    npm: 'package.json',
    docker: 'Dockerfile',
    'docker-compose': 'compose.yaml',
    'github-actions': '.github/workflows',
  }
  for (const { directory, directories = [directory ?? ''], ...update } of updates) {
    const file = FILES[update['package-ecosystem']] ?? ''
    for (const each of directories)
      expect([each, file, existsSync(join(ROOT, each, file))]).toEqual([each, file, true])
  }
})

test('the changelog has the version of package.json, released or next', () => {
  const changelog = read('CHANGELOG.md')
  expect(changelog).toMatch(/^## Unreleased$/m)
  expect(changelog.includes(`\n## ${version} - `) || changelog.includes(`will be ${version}.`)).toBe(true)
})
