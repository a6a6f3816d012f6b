// quickjs-emscripten: a JavaScript engine in Wasm; a second build of it suspends by asyncify.
import { getQuickJS, newAsyncContext } from 'quickjs-emscripten'

const QuickJS = await getQuickJS()
const vm = QuickJS.newContext()
const log = vm.newFunction('log', (...args) => console.log(...args.map((arg) => vm.dump(arg))))
vm.setProp(vm.global, 'log', log)
log.dispose()
const result = vm.evalCode(`
  function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) }
  log('fib', fib(15), [...new Set([3, 1, 3])].sort().join())
  try { null.x } catch (e) { log(e.message) }
  2n ** 70n + ''
`)
console.log(vm.dump(vm.unwrapResult(result)))
vm.dispose()

const asyncVm = await newAsyncContext()
asyncVm
  .newAsyncifiedFunction('later', async (x) => asyncVm.newNumber(asyncVm.getNumber(x) + 1))
  .consume((f) => asyncVm.setProp(asyncVm.global, 'later', f))
console.log(asyncVm.dump(asyncVm.unwrapResult(await asyncVm.evalCodeAsync('later(40) + later(0)'))))
asyncVm.dispose()
