import { spawnSync } from 'node:child_process'

const PACKAGES = {
  sipp: 'sip-tester',
  kamailio: 'kamailio',
  baresip: 'baresip-core',
  promtool: 'prometheus',
  helm: 'helm',
  'systemd-analyze': 'systemd',
} as const

/** Whether a program is installed. Throws in CI if it is not: tests would be skipped unnoticed. */
export function hasProgram(name: keyof typeof PACKAGES): boolean {
  const found = spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin command -v ${name}`]).status === 0
  if (!found && process.env.CI === 'true') throw new Error(`${PACKAGES[name]} is not installed`)
  return found
}
