/** Child process for the micro measurements: runs the tasks of micro-tasks.ts with tinybench, engine by engine. */
import { Bench } from 'tinybench'
import type * as Core from '../src/index.ts'
import { cpu } from './cpu.ts'
import type { MicroJob, MicroResult } from './jobs.ts'
import { microEngine, microTasks } from './micro-tasks.ts'

const { core: url, engines, ms } = JSON.parse(process.argv[2]) as MicroJob
const core = (await import(url)) as typeof Core

const results: MicroResult[] = []
for (const engine of engines) {
  const bench = new Bench({ now: cpu, time: ms, warmupTime: ms / 2, iterations: 8, warmupIterations: 4, throws: true })
  const tasks = microTasks(microEngine(engine, core))
  for (const { name, run, prepare } of tasks) bench.add(name, run, prepare === undefined ? {} : { beforeEach: () => prepare() })
  bench.runSync().forEach(({ name, result }, i) => {
    if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`)
    results.push({ engine, task: name, ns: (result.latency.p50 * 1e6) / tasks[i].operations })
  })
}
console.log(JSON.stringify(results))
