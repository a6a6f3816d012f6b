/** A record of host calls is all that a guest needs to run again. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repoRoot } from '../../test/helpers/files.ts'
import { instantiateAsync } from '../embedding/instantiate.ts'
import type { Imports } from '../embedding/link.ts'
import { compile } from '../embedding/module.ts'
import type { WasmMemory } from '../embedding/objects.ts'
import { isExit } from '../errors.ts'
import { memoryFs } from '../host/memory-fs.ts'
import type { RecordedCall } from './preview1/context.ts'
import { replay } from './replay.ts'
import { run } from './run.ts'
import { WASI } from './wasi.ts'

const guest = (name: string): Uint8Array => readFileSync(join(repoRoot, 'examples/guests', name))

async function start(bytes: Uint8Array, imports: Imports): Promise<{ exitCode: number; memory: Uint8Array }> {
  const instance = await instantiateAsync(compile(bytes), imports)
  let exitCode = 0
  try {
    await instance.invokeAsync('_start')
  } catch (error) {
    if (!isExit(error)) throw error
    exitCode = error.exitCode
  }
  return { exitCode, memory: (instance.exports['memory'] as WasmMemory).view().slice() }
}

test.each([
  ['c/sha256.wasm', 'text that comes later'],
  ['c/random.wasm', ''],
  ['c/time.wasm', ''],
  ['c/ls.wasm', ''],
  ['rust/words.wasm', 'a b a'],
])('%s runs the same way without a host', async (name, text) => {
  const calls: RecordedCall[] = []
  const later = { async *[Symbol.asyncIterator]() { for (const c of text) { await Promise.resolve(); yield c } } } // prettier-ignore
  const args = name === 'c/random.wasm' ? ['bytes'] : name === 'c/time.wasm' ? ['now'] : name === 'c/ls.wasm' ? ['/d'] : []
  const fs = { '/d': memoryFs({ files: { a: '1', 'b/c': '2' } }) }
  const wasi = new WASI({ args, stdin: later, fs, record: (call) => calls.push(call) })
  const first = await start(guest(name), wasi.imports)
  wasi.close()
  expect(calls.length).toBeGreaterThan(3)
  const second = await start(guest(name), replay(calls))
  expect(second.exitCode).toBe(first.exitCode)
  // To the last byte of memory.
  expect(Buffer.compare(second.memory, first.memory)).toBe(0)
})

test('records hold what was written, and that the guest waited', async () => {
  const calls: RecordedCall[] = []
  let reads = 0
  await run(guest('c/sha256.wasm'), {
    stdin: { read: () => Promise.resolve(new Uint8Array(reads++ === 0 ? [104, 105] : [])) },
    record: (call) => calls.push(call),
  })
  const read = calls.find((c) => c.name === 'fd_read')!
  expect(read.parked).toBe(true)
  expect(read.writes.some(({ bytes }) => bytes.length === 2 && bytes[0] === 104)).toBe(true)
})

test('a record of something else is told by its first difference', async () => {
  const calls: RecordedCall[] = []
  await run(guest('c/hello.wasm'), { record: (call) => calls.push(call) })
  await expect(start(guest('c/ls.wasm'), replay(calls))).rejects.toThrow(/host call \d+ is .*; the record has/)
  await expect(start(guest('c/hello.wasm'), replay(calls.slice(0, 1)))).rejects.toThrow(/the record ends after 1 host calls/)
})
