// QuickJS (quickjs-emscripten): JavaScript in a JavaScript engine in Wasm.
import { load } from './packages.mjs'

const { getQuickJS } = await load('quickjs-emscripten')
const vm = (await getQuickJS()).newContext()
const result = vm.evalCode(`
  const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2))
  class Point { constructor(x, y) { this.x = x; this.y = y } get length() { return Math.hypot(this.x, this.y) } }
  const points = Array.from({ length: 600 }, (_, i) => new Point(i * 7919 % 1000, i * 104729 % 1000)).sort((a, b) => a.length - b.length)
  const words = 'the quick brown fox jumps over the lazy dog'.repeat(12).replace(/(\\w+) (\\w+)/g, '$2-$1').split(/[- ]/)
  const counts = new Map()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  JSON.stringify([fib(18), points[300].length.toFixed(3), [...counts].sort(), JSON.parse(JSON.stringify(points)).length, (3n ** 200n).toString().length])
`)
console.log(vm.dump(vm.unwrapResult(result)))
