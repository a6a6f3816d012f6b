/**
 * QuickJS, compiled to WebAssembly (quickjs-emscripten), runs the kernels: the child process for that engine. CPU times are
 * those of the tasks alone, on code that V8 compiles with its optimising compiler when it is first called (--no-liftoff).
 */
import { readFileSync } from 'node:fs'
import { cpu } from '../cpu.ts'
import type { EngineTask, EngineTaskResult } from './measure.ts'

/** As much of quickjs-emscripten as is used. */
interface Handle {
  dispose(): void
}
interface Context {
  evalCode(code: string): Handle
  unwrapResult(result: Handle): Handle
  getNumber(value: Handle): number
}
interface QuickJS {
  getQuickJS(): Promise<{ newContext(): Context }>
}

const { library, script, tasks } = JSON.parse(process.argv[2]) as { library: string; script: string; tasks: readonly EngineTask[] }
const quickjs = (await import(library)) as QuickJS
const context = (await quickjs.getQuickJS()).newContext()
const evaluate = (code: string): Handle => context.unwrapResult(context.evalCode(code))
evaluate(readFileSync(script, 'utf8')).dispose()
const results = tasks.map((task): EngineTaskResult => {
  const before = cpu()
  const value = evaluate(`bench(...${JSON.stringify(task)})`)
  const result = { checksum: context.getNumber(value), ms: cpu() - before }
  value.dispose()
  return result
})
console.log(JSON.stringify(results))
process.exit(0)
