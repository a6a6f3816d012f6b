/**
 * args_*, environ_*, random_get. (What acts on the calling thread sits in `imports.ts`.)
 */
import { fail } from '../../host/errno.ts'
import type { Memory } from '../../runtime/memory.ts'
import type { Preview1Function } from './context.ts'
import { pointer, resultU32 } from './guest-memory.ts'

const sizeOf = (strings: readonly Uint8Array[]): number => strings.reduce((n, s) => n + s.length, 0)

function writeStrings(memory: Memory, strings: readonly Uint8Array[], pointers: number, buffer: number): number {
  let at = buffer >>> 0
  const array = pointer(pointers, 4)
  memory.check(array, strings.length * 4)
  memory.check(at, sizeOf(strings))
  strings.forEach((s, i) => {
    memory.setUint32(array + i * 4, at)
    memory.write(at, s)
    at += s.length
  })
  return 0
}

function writeSizes(memory: Memory, strings: readonly Uint8Array[], count: number, size: number): number {
  const countPtr = resultU32(memory, count)
  const sizePtr = resultU32(memory, size)
  memory.setUint32(countPtr, strings.length)
  memory.setUint32(sizePtr, sizeOf(strings))
  return 0
}

export const args_get: Preview1Function = (ctx, memory, argv: number, buffer: number) => writeStrings(memory, ctx.args, argv, buffer)
export const args_sizes_get: Preview1Function = (ctx, memory, count: number, size: number) => writeSizes(memory, ctx.args, count, size)
export const environ_get: Preview1Function = (ctx, memory, environ: number, buffer: number) =>
  writeStrings(memory, ctx.env, environ, buffer)
export const environ_sizes_get: Preview1Function = (ctx, memory, count: number, size: number) => writeSizes(memory, ctx.env, count, size)

export const random_get: Preview1Function = (ctx, memory, ptr: number, length: number) => {
  const window = memory.writable(ptr >>> 0, length >>> 0)
  if (window.length > ctx.limits.randomBytes) throw fail('inval')
  ctx.random.fill(window)
  return 0
}
