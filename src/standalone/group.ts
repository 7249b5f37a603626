import { type ChildSpec, type Hooks, type Supervised, supervise } from './supervise.ts'

export type Group = {
  /** Resolves to the child's address once it is ready. `stop` stops children of later stages first. */
  start(stage: number, spec: ChildSpec): Promise<string | null>
  stop(): Promise<void>
  killNow(): void
}

/** Children that stop stage by stage, the last stage first, those of one stage at the same time. */
export function createGroup(hooks: Hooks): Group {
  const children: { stage: number; child: Supervised }[] = []
  let stopping = false
  return {
    start(stage, spec) {
      if (stopping) return new Promise(() => {})
      const child = supervise(spec, hooks)
      children.push({ stage, child })
      return child.ready
    },
    async stop() {
      stopping = true
      const stages = [...new Set(children.map(({ stage }) => stage))].sort((a, b) => b - a)
      for (const stage of stages) {
        await Promise.all(children.filter((each) => each.stage === stage).map(({ child }) => child.stop()))
      }
    },
    killNow() {
      stopping = true
      for (const { child } of children) child.killNow()
    },
  }
}
