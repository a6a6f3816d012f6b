/**
 * Reading and writing the structs of the ABI in guest memory. Out of bounds and misaligned pointers trap (§ witx: the
 * caller broke the ABI); what can be said with an errno is an errno.
 */
import { decodeUtf8 } from '../../bytes/utf8.ts'
import { Trap } from '../../errors.ts'
import { fail } from '../../host/errno.ts'
import type { FileStat, FileType, NewTimes } from '../../host/file-system.ts'
import { fromNanos, toNanos, type Time, u64 } from '../../host/time.ts'
import type { Memory } from '../../runtime/memory.ts'
import {
  ALL_FSTFLAGS,
  FILETYPE,
  FSTFLAG_ATIM,
  FSTFLAG_ATIM_NOW,
  FSTFLAG_MTIM,
  FSTFLAG_MTIM_NOW,
  SIZE_FILESTAT,
  SIZE_IOVEC,
  SIZE_OLD_FILESTAT,
} from './abi.ts'
import type { Context } from './context.ts'

/** An int32 argument as an address; it must be a multiple of `alignment`. */
export function pointer(value: number, alignment: 1 | 2 | 4 | 8): number {
  if ((value & (alignment - 1)) !== 0) throw new Trap('unaligned pointer')
  return value >>> 0
}

/** A place for a u32 result, checked before the call does anything. */
export function resultU32(memory: Memory, value: number): number {
  const ptr = pointer(value, 4)
  memory.check(ptr, 4)
  return ptr
}

export function resultStruct(memory: Memory, value: number, size: number, alignment: 4 | 8): number {
  const ptr = pointer(value, alignment)
  memory.check(ptr, size)
  return ptr
}

/** Refuses flag bits which do not exist. */
export function checkFlags(value: number, all: number): number {
  if ((value & ~all) !== 0) throw fail('inval')
  return value
}

/** A path (or link target): UTF-8 else `ilseq`, no NUL else `inval`, within the limit else `nametoolong`. */
export function readPath(ctx: Context, memory: Memory, ptr: number, length: number): string {
  const start = ptr >>> 0
  const size = length >>> 0
  memory.check(start, size)
  if (size > ctx.limits.pathLength) throw fail('nametoolong')
  const path = decodeUtf8(memory.bytes, start, start + size)
  if (path === undefined) throw fail('ilseq')
  if (path.includes('\0')) throw fail('inval')
  return path
}

/** An iovec array as (pointer, length, pointer, length, …) without the empty ones; every buffer is checked to be in bounds. */
export function readIovecs(ctx: Context, memory: Memory, array: number, count: number): number[] {
  const ptr = pointer(array, 4)
  const n = count >>> 0
  if (n > ctx.limits.iovecs) throw fail('inval')
  memory.check(ptr, n * SIZE_IOVEC)
  const iovecs: number[] = []
  let total = 0
  for (let i = 0; i < n; i++) {
    const buffer = memory.getUint32(ptr + i * SIZE_IOVEC)
    const length = memory.getUint32(ptr + i * SIZE_IOVEC + 4)
    memory.check(buffer, length)
    total += length
    if (length > 0) iovecs.push(buffer, length)
  }
  // The result is a u32.
  if (total > 0xffffffff) throw fail('inval')
  return iovecs
}

/** An unsigned offset or size. From 2^63 on → `inval`, from 2^53 on → `overflow`. */
export function readOffset(lo: number, hi: number): number {
  if (hi < 0) throw fail('inval')
  const value = hi * 0x100000000 + (lo >>> 0)
  if (value > Number.MAX_SAFE_INTEGER) throw fail('overflow')
  return value
}

/** A signed distance; beyond ±2^53 → `overflow`. */
export function readDelta(lo: number, hi: number): number {
  const value = hi * 0x100000000 + (lo >>> 0)
  if (!Number.isSafeInteger(value)) throw fail('overflow')
  return value
}

export function writeU64(memory: Memory, ptr: number, value: number): void {
  const { lo, hi } = u64(value)
  memory.setUint64(ptr, lo, hi)
}

export function writeTime(memory: Memory, ptr: number, t: Time): void {
  const { lo, hi } = toNanos(t)
  memory.setUint64(ptr, lo, hi)
}

const filetypes: Record<FileType, number> = {
  unknown: FILETYPE.unknown,
  block: FILETYPE.block_device,
  character: FILETYPE.character_device,
  directory: FILETYPE.directory,
  file: FILETYPE.regular_file,
  fifo: FILETYPE.unknown,
  socket: FILETYPE.socket_stream,
  symlink: FILETYPE.symbolic_link,
}
/** The `filetype` of a kind of file. FIFOs have none: `unknown`. */
export const filetypeOf = (type: FileType): number => filetypes[type]

/** `filestat`: dev, ino, filetype (u8), nlink, size, atim, mtim, ctim; 8 bytes each, padding zero. */
function writeFilestat(memory: Memory, ptr: number, stat: FileStat): void {
  memory.fill(ptr, SIZE_FILESTAT, 0)
  memory.setUint64(ptr, stat.dev.lo, stat.dev.hi)
  memory.setUint64(ptr + 8, stat.ino.lo, stat.ino.hi)
  memory.setUint8(ptr + 16, filetypeOf(stat.type))
  writeU64(memory, ptr + 24, stat.nlink)
  writeU64(memory, ptr + 32, stat.size)
  writeTime(memory, ptr + 40, stat.atime)
  writeTime(memory, ptr + 48, stat.mtime)
  writeTime(memory, ptr + 56, stat.ctime)
}

/** The same in preview 0: nlink has 4 bytes, 56 in all. */
function writeOldFilestat(memory: Memory, ptr: number, stat: FileStat): void {
  memory.fill(ptr, SIZE_OLD_FILESTAT, 0)
  memory.setUint64(ptr, stat.dev.lo, stat.dev.hi)
  memory.setUint64(ptr + 8, stat.ino.lo, stat.ino.hi)
  memory.setUint8(ptr + 16, filetypeOf(stat.type))
  memory.setUint32(ptr + 20, Math.min(stat.nlink, 0xffffffff))
  writeU64(memory, ptr + 24, stat.size)
  writeTime(memory, ptr + 32, stat.atime)
  writeTime(memory, ptr + 40, stat.mtime)
  writeTime(memory, ptr + 48, stat.ctime)
}

/** How a `filestat` is written: its size and its fields. */
export interface FilestatLayout {
  readonly size: number
  readonly write: (memory: Memory, ptr: number, stat: FileStat) => void
}
export const filestatLayout: FilestatLayout = { size: SIZE_FILESTAT, write: writeFilestat }
export const oldFilestatLayout: FilestatLayout = { size: SIZE_OLD_FILESTAT, write: writeOldFilestat }

/** The times of *_filestat_set_times; a time and `now` together → `inval`. */
export function readTimes(atimLo: number, atimHi: number, mtimLo: number, mtimHi: number, flags: number): NewTimes {
  checkFlags(flags, ALL_FSTFLAGS)
  const pick = (set: number, now: number, lo: number, hi: number): Time | 'now' | undefined => {
    if ((flags & set) !== 0 && (flags & now) !== 0) throw fail('inval')
    return (flags & now) !== 0 ? 'now' : (flags & set) !== 0 ? fromNanos(lo, hi) : undefined
  }
  return { atime: pick(FSTFLAG_ATIM, FSTFLAG_ATIM_NOW, atimLo, atimHi), mtime: pick(FSTFLAG_MTIM, FSTFLAG_MTIM_NOW, mtimLo, mtimHi) }
}
