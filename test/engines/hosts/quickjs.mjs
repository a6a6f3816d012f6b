// Runs a classic script in QuickJS, which is itself a Wasm module here: `node quickjs.mjs FILE`. The script has `print`, and
// nothing else of a host.
import { readFileSync } from 'node:fs'
import { getQuickJS } from 'quickjs-emscripten'

const quickJS = await getQuickJS()
const runtime = quickJS.newRuntime()
const context = runtime.newContext()
const print = context.newFunction('print', (line) => console.log(context.getString(line)))
context.setProp(context.global, 'print', print)

const fail = (what, error) => {
  console.error(`${what}: ${JSON.stringify(context.dump(error))}`)
  process.exit(1)
}
const result = context.evalCode(readFileSync(process.argv[2], 'utf8'), process.argv[2])
if (result.error) fail('error', result.error)
while (runtime.hasPendingJob()) {
  const { error } = runtime.executePendingJobs()
  if (error) fail('error in a job', error)
}
process.exit(0)
