/** Linear memory for a client's memory view. A reference is an address, of memories other than the first with their number: `memory1:0x40`. */
import type { Debugger } from '../debug/index.ts'
import { RequestError } from './arguments.ts'

/** Bytes that are read at once at most. Giving fewer than asked for would mean that the memory ends there. */
const MAX_READ = 64 * 2 ** 20

export interface MemoryPlace {
  readonly memidx: number
  readonly addr: number
}

export const memoryReference = (addr: number, memidx = 0): string => `${memidx === 0 ? '' : `memory${memidx}:`}0x${addr.toString(16)}`

export function parseMemoryReference(text: string): MemoryPlace {
  const found = /^(?:memory(\d{1,6}):)?(0x[\da-f]{1,13}|\d{1,15})$/i.exec(text)
  if (found === null) throw new RequestError(`'${text}' is no place in memory: write an address such as 0x1040, or memory1:0x40`)
  return { memidx: Number(found[1] ?? 0), addr: Number(found[2]) }
}

const sizeOf = (dbg: Debugger, memidx: number): number => {
  const memory = dbg.instance.memories[memidx]
  if (memory === undefined) throw new RequestError(`there is no memory ${memidx}`)
  return memory.byteLength
}

/** Bytes from `offset` behind a place on, in Base64. Those outside of the memory are counted. */
export function readMemory(dbg: Debugger, { memidx, addr }: MemoryPlace, offset: number, count: number): object {
  const size = sizeOf(dbg, memidx)
  const start = addr + offset
  if (start < 0) return { address: '0x0', unreadableBytes: Math.min(-start, count) }
  const readable = Math.max(0, Math.min(count, size - start))
  if (readable > MAX_READ) throw new RequestError(`${count} bytes are too many: at most ${MAX_READ}`)
  const bytes = dbg.readMemory(Math.min(start, size), readable, memidx)
  const unreadable = count - readable
  return {
    address: `0x${start.toString(16)}`,
    ...(readable === 0 ? {} : { data: Buffer.from(bytes).toString('base64') }),
    ...(unreadable === 0 ? {} : { unreadableBytes: unreadable }),
  }
}

/** Writes bytes; with `partial` as many as fit, else all or none. Returns where and how many. */
export function writeMemory(
  dbg: Debugger,
  { memidx, addr }: MemoryPlace,
  offset: number,
  data: string,
  partial: boolean,
): MemoryPlace & { readonly count: number } {
  const bytes = Buffer.from(data, 'base64')
  if (!/^[A-Za-z\d+/]*={0,2}$/.test(data) || Buffer.from(bytes).toString('base64').replace(/=+$/, '') !== data.replace(/=+$/, ''))
    throw new RequestError('data is not Base64')
  const start = addr + offset
  const room = start < 0 ? 0 : Math.max(0, sizeOf(dbg, memidx) - start)
  const count = partial ? Math.min(bytes.length, room) : bytes.length
  if (count > 0 || !partial) dbg.writeMemory(start, bytes.subarray(0, count), memidx)
  return { memidx, addr: start, count }
}
