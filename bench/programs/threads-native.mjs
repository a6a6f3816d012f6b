// A command with wasi-threads on the engine's own WebAssembly and node:wasi: every thread is a worker.
import { readFileSync } from 'node:fs'
import { WASI } from 'node:wasi'
import { Worker, isMainThread, workerData } from 'node:worker_threads'

const { file, args } = isMainThread ? { file: process.argv[2], args: process.argv.slice(3) } : workerData
const { module, memory, ids } = isMainThread ? start(readFileSync(file)) : workerData
const wasi = new WASI({ version: 'preview1', args, returnOnExit: true })
const instance = new WebAssembly.Instance(module, {
  ...wasi.getImportObject(),
  env: { memory },
  wasi: {
    'thread-spawn': (argument) => {
      const id = Atomics.add(ids, 0, 1)
      new Worker(new URL(import.meta.url), { workerData: { file, args, module, memory, ids, thread: { id, argument } } })
      return id
    },
  },
})
// The memory is imported: node:wasi looks for it among the exports.
if (isMainThread) process.exitCode = wasi.start({ exports: { _start: instance.exports._start, memory } })
else {
  wasi.initialize({ exports: { memory } })
  instance.exports.wasi_thread_start(workerData.thread.id, workerData.thread.argument)
}

function start(bytes) {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true })
  return { module: new WebAssembly.Module(bytes), memory, ids: new Int32Array(new SharedArrayBuffer(4)).fill(1) }
}
