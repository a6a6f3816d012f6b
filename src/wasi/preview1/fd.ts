/**
 * fd_* but transfer and listing: state of descriptors, metadata and size of files, preopens.
 */
import { fail } from '../../host/errno.ts'
import type { FileStat } from '../../host/file-system.ts'
import { chain } from '../../host/maybe.ts'
import { ZERO } from '../../host/time.ts'
import { ADVICE_NOREUSE, ALL_FDFLAGS, FILETYPE, PREOPENTYPE_DIR, RIGHT, SIZE_FDSTAT, SIZE_PRESTAT } from './abi.ts'
import type { Context, Preview1Function } from './context.ts'
import type { DirectoryFd, Fd } from './fd-table.ts'
import { type FilestatLayout, checkFlags, filestatLayout, readOffset, readTimes, resultStruct } from './guest-memory.ts'

/** A terminal is a character device (C libraries then ask for FD_SEEK and FD_TELL to be missing); other streams are `unknown`. */
function filetype(fd: Fd): number {
  switch (fd.kind) {
    case 'file':
      return FILETYPE.regular_file
    case 'directory':
      return FILETYPE.directory
    case 'listener':
    case 'connection':
      return FILETYPE.socket_stream
    default:
      return fd.isTTY ? FILETYPE.character_device : FILETYPE.unknown
  }
}

function streamStat(fd: Fd): FileStat {
  const zero = { lo: 0, hi: 0 }
  const kind = filetype(fd)
  const type = kind === FILETYPE.character_device ? 'character' : kind === FILETYPE.socket_stream ? 'socket' : 'unknown'
  return { type, dev: zero, ino: zero, nlink: 0, size: 0, atime: ZERO, mtime: ZERO, ctime: ZERO }
}

export const fd_advise: Preview1Function = (
  ctx,
  _memory,
  fdNumber: number,
  _offsetLo: number,
  offsetHi: number,
  _lengthLo: number,
  lengthHi: number,
  advice: number,
) => {
  const fd = ctx.fds.any(fdNumber, 0)
  if (fd.kind === 'directory') throw fail('badf')
  if (fd.kind !== 'file') throw fail('spipe')
  if ((fd.rights & RIGHT.FD_ADVISE) === 0) throw fail('notcapable')
  if (offsetHi < 0 || lengthHi < 0 || advice < 0 || advice > ADVICE_NOREUSE) throw fail('inval')
  // Advice needs no taking.
  return 0
}

export const fd_allocate: Preview1Function = (
  ctx,
  _memory,
  fdNumber: number,
  offsetLo: number,
  offsetHi: number,
  lengthLo: number,
  lengthHi: number,
) => {
  const { file } = ctx.fds.file(fdNumber, RIGHT.FD_ALLOCATE)
  const offset = readOffset(offsetLo, offsetHi)
  const length = readOffset(lengthLo, lengthHi)
  if (length === 0) throw fail('inval')
  if (!Number.isSafeInteger(offset + length)) throw fail('fbig')
  return chain(file.size(), (size) => (offset + length > size ? chain(file.truncate(offset + length), () => 0) : 0))
}

export const fd_close: Preview1Function = (ctx, _memory, fd: number) => chain(ctx.fds.close(fd), () => 0)

export const fd_datasync: Preview1Function = (ctx, _memory, fd: number) => sync(ctx, fd, true)
export const fd_sync: Preview1Function = (ctx, _memory, fd: number) => sync(ctx, fd, false)

function sync(ctx: Context, fdNumber: number, dataOnly: boolean): ReturnType<Preview1Function> {
  const fd = ctx.fds.get(fdNumber)
  if (fd.kind === 'file') {
    if ((fd.rights & (dataOnly ? RIGHT.FD_DATASYNC | RIGHT.FD_SYNC : RIGHT.FD_SYNC)) === 0) throw fail('notcapable')
    return chain(fd.file.sync(dataOnly), () => 0)
  }
  if (fd.kind === 'directory') {
    if ((fd.rights & RIGHT.FD_SYNC) === 0) throw fail('notcapable')
    return chain(fd.directory.sync(), () => 0)
  }
  // POSIX: fsync of a pipe or terminal is EINVAL.
  throw fail('inval')
}

/** `fdstat`: filetype (u8), flags (u16 at 2), rights_base (u64 at 8), rights_inheriting (u64 at 16). */
export const fd_fdstat_get: Preview1Function = (ctx, memory, fdNumber: number, result: number) => {
  const fd = ctx.fds.get(fdNumber)
  const ptr = resultStruct(memory, result, SIZE_FDSTAT, 8)
  memory.fill(ptr, SIZE_FDSTAT, 0)
  memory.setUint8(ptr, filetype(fd))
  memory.setUint16(ptr + 2, fd.flags)
  memory.setUint64(ptr + 8, fd.rights, 0)
  memory.setUint64(ptr + 16, fd.inheriting, 0)
  return 0
}

export const fd_fdstat_set_flags: Preview1Function = (ctx, _memory, fdNumber: number, flags: number) => {
  const fd = ctx.fds.any(fdNumber, RIGHT.FD_FDSTAT_SET_FLAGS)
  fd.flags = checkFlags(flags, ALL_FDFLAGS)
  return 0
}

/** Rights only shrink; asking for one that is not held (or does not exist) → `notcapable`. */
export const fd_fdstat_set_rights: Preview1Function = (
  ctx,
  _memory,
  fdNumber: number,
  baseLo: number,
  baseHi: number,
  inheritingLo: number,
  inheritingHi: number,
) => {
  const fd = ctx.fds.get(fdNumber)
  if ((baseLo & ~fd.rights) !== 0 || (inheritingLo & ~fd.inheriting) !== 0 || baseHi !== 0 || inheritingHi !== 0) throw fail('notcapable')
  fd.rights = baseLo
  fd.inheriting = inheritingLo
  return 0
}

export const filestatGet =
  (layout: FilestatLayout): Preview1Function =>
  (ctx, memory, fdNumber: number, result: number) => {
    const fd = ctx.fds.any(fdNumber, RIGHT.FD_FILESTAT_GET)
    const ptr = resultStruct(memory, result, layout.size, 8)
    const stat = fd.kind === 'file' ? fd.file.stat() : fd.kind === 'directory' ? fd.directory.statSelf() : streamStat(fd)
    return chain(stat, (s) => {
      layout.write(memory, ptr, s)
      return 0
    })
  }
export const fd_filestat_get: Preview1Function = filestatGet(filestatLayout)

export const fd_filestat_set_size: Preview1Function = (ctx, _memory, fdNumber: number, lo: number, hi: number) => {
  const { file } = ctx.fds.file(fdNumber, RIGHT.FD_FILESTAT_SET_SIZE)
  return chain(file.truncate(readOffset(lo, hi)), () => 0)
}

export const fd_filestat_set_times: Preview1Function = (
  ctx,
  _memory,
  fdNumber: number,
  atimLo: number,
  atimHi: number,
  mtimLo: number,
  mtimHi: number,
  flags: number,
) => {
  const fd = ctx.fds.get(fdNumber)
  const times = readTimes(atimLo, atimHi, mtimLo, mtimHi, flags)
  if (fd.kind !== 'file' && fd.kind !== 'directory') throw fail('notsup')
  if ((fd.rights & RIGHT.FD_FILESTAT_SET_TIMES) === 0) throw fail('notcapable')
  return chain(fd.kind === 'file' ? fd.file.setTimes(times) : fd.directory.setTimesSelf(times), () => 0)
}

/** Not a preopen → `badf`: by that C libraries know where the list ends. */
function preopen(ctx: Context, fdNumber: number): Uint8Array {
  const fd = ctx.fds.get(fdNumber)
  const name = (fd as Partial<DirectoryFd>).preopen
  if (name === undefined) throw fail('badf')
  return name
}

/** `prestat`: tag (u8), name length (u32 at 4). */
export const fd_prestat_get: Preview1Function = (ctx, memory, fdNumber: number, result: number) => {
  const name = preopen(ctx, fdNumber)
  const ptr = resultStruct(memory, result, SIZE_PRESTAT, 4)
  memory.fill(ptr, SIZE_PRESTAT, 0)
  memory.setUint8(ptr, PREOPENTYPE_DIR)
  memory.setUint32(ptr + 4, name.length)
  return 0
}

export const fd_prestat_dir_name: Preview1Function = (ctx, memory, fdNumber: number, buffer: number, length: number) => {
  const name = preopen(ctx, fdNumber)
  if (length >>> 0 < name.length) throw fail('nametoolong')
  memory.write(buffer >>> 0, name)
  return 0
}

export const fd_renumber: Preview1Function = (ctx, _memory, from: number, to: number) => chain(ctx.fds.renumber(from, to), () => 0)
