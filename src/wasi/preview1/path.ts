/**
 * path_*: everything that names files below a directory fd. Paths are resolved by the host layer (`Directory`);
 * here are the rights and flags of the ABI.
 */
import { encodeUtf8 } from '../../bytes/utf8.ts'
import type { OpenRequest } from '../../host/directory.ts'
import { fail } from '../../host/errno.ts'
import { chain } from '../../host/maybe.ts'
import {
  ALL_FDFLAGS,
  ALL_LOOKUPFLAGS,
  ALL_OFLAGS,
  DIRECTORY_RIGHTS,
  FILE_RIGHTS,
  LOOKUP_SYMLINK_FOLLOW,
  OFLAG_CREAT,
  OFLAG_DIRECTORY,
  OFLAG_EXCL,
  OFLAG_TRUNC,
  RIGHT,
} from './abi.ts'
import type { Preview1Function } from './context.ts'
import type { Fd } from './fd-table.ts'
import { type FilestatLayout, checkFlags, filestatLayout, readPath, readTimes, resultStruct, resultU32 } from './guest-memory.ts'

const follows = (flags: number): boolean => (checkFlags(flags, ALL_LOOKUPFLAGS) & LOOKUP_SYMLINK_FOLLOW) !== 0
const done = (): number => 0

export const path_create_directory: Preview1Function = (ctx, memory, fd: number, path: number, length: number) =>
  chain(ctx.fds.directory(fd, RIGHT.PATH_CREATE_DIRECTORY).directory.mkdir(readPath(ctx, memory, path, length)), done)

export const path_remove_directory: Preview1Function = (ctx, memory, fd: number, path: number, length: number) =>
  chain(ctx.fds.directory(fd, RIGHT.PATH_REMOVE_DIRECTORY).directory.rmdir(readPath(ctx, memory, path, length)), done)

export const path_unlink_file: Preview1Function = (ctx, memory, fd: number, path: number, length: number) =>
  chain(ctx.fds.directory(fd, RIGHT.PATH_UNLINK_FILE).directory.unlink(readPath(ctx, memory, path, length)), done)

export const path_symlink: Preview1Function = (
  ctx,
  memory,
  target: number,
  targetLength: number,
  fd: number,
  path: number,
  length: number,
) => {
  const { directory } = ctx.fds.directory(fd, RIGHT.PATH_SYMLINK)
  return chain(directory.symlink(readPath(ctx, memory, target, targetLength), readPath(ctx, memory, path, length)), done)
}

export const path_link: Preview1Function = (
  ctx,
  memory,
  fd: number,
  flags: number,
  path: number,
  length: number,
  toFd: number,
  toPath: number,
  toLength: number,
) => {
  const from = ctx.fds.directory(fd, RIGHT.PATH_LINK_SOURCE).directory
  const to = ctx.fds.directory(toFd, RIGHT.PATH_LINK_TARGET).directory
  return chain(from.link(readPath(ctx, memory, path, length), follows(flags), to, readPath(ctx, memory, toPath, toLength)), done)
}

export const path_rename: Preview1Function = (
  ctx,
  memory,
  fd: number,
  path: number,
  length: number,
  toFd: number,
  toPath: number,
  toLength: number,
) => {
  const from = ctx.fds.directory(fd, RIGHT.PATH_RENAME_SOURCE).directory
  const to = ctx.fds.directory(toFd, RIGHT.PATH_RENAME_TARGET).directory
  return chain(from.rename(readPath(ctx, memory, path, length), to, readPath(ctx, memory, toPath, toLength)), done)
}

/** The target is cut to the buffer without an error. */
export const path_readlink: Preview1Function = (
  ctx,
  memory,
  fd: number,
  path: number,
  length: number,
  buffer: number,
  bufferLength: number,
  result: number,
) => {
  const { directory } = ctx.fds.directory(fd, RIGHT.PATH_READLINK)
  const ptr = resultU32(memory, result)
  memory.check(buffer >>> 0, bufferLength >>> 0)
  return chain(directory.readlink(readPath(ctx, memory, path, length)), (target) => {
    const bytes = encodeUtf8(target).subarray(0, bufferLength >>> 0)
    memory.write(buffer >>> 0, bytes)
    memory.setUint32(ptr, bytes.length)
    return 0
  })
}

export const pathFilestatGet =
  (layout: FilestatLayout): Preview1Function =>
  (ctx, memory, fd: number, flags: number, path: number, length: number, result: number) => {
    const { directory } = ctx.fds.directory(fd, RIGHT.PATH_FILESTAT_GET)
    const ptr = resultStruct(memory, result, layout.size, 8)
    return chain(directory.stat(readPath(ctx, memory, path, length), follows(flags)), (stat) => {
      layout.write(memory, ptr, stat)
      return 0
    })
  }
export const path_filestat_get: Preview1Function = pathFilestatGet(filestatLayout)

export const path_filestat_set_times: Preview1Function = (
  ctx,
  memory,
  fd: number,
  flags: number,
  path: number,
  length: number,
  atimLo: number,
  atimHi: number,
  mtimLo: number,
  mtimHi: number,
  fstFlags: number,
) => {
  const { directory } = ctx.fds.directory(fd, RIGHT.PATH_FILESTAT_SET_TIMES)
  const times = readTimes(atimLo, atimHi, mtimLo, mtimHi, fstFlags)
  return chain(directory.setTimes(readPath(ctx, memory, path, length), follows(flags), times), done)
}

/** Rights by which a guest that asks for nothing else means to write. */
const WRITE_RIGHTS = RIGHT.FD_WRITE | RIGHT.FD_ALLOCATE | RIGHT.FD_FILESTAT_SET_SIZE

/**
 * Opens a file or directory. Rights that the directory does not hand on are left out of the new fd, but for FD_READ and
 * FD_WRITE: without them the guest would only notice later, so they fail here (`notcapable`). A guest's rights never
 * exceed what its directory fd hands on, and the host opens the file with no more access than these rights ask for.
 */
export const path_open: Preview1Function = (
  ctx,
  memory,
  fd: number,
  lookup: number,
  path: number,
  length: number,
  oflags: number,
  baseLo: number,
  _baseHi: number,
  inheritingLo: number,
  _inheritingHi: number,
  fdflags: number,
  result: number,
) => {
  checkFlags(oflags, ALL_OFLAGS)
  checkFlags(fdflags, ALL_FDFLAGS)
  const follow = follows(lookup)
  const needed =
    RIGHT.PATH_OPEN |
    ((oflags & OFLAG_CREAT) !== 0 ? RIGHT.PATH_CREATE_FILE : 0) |
    ((oflags & OFLAG_TRUNC) !== 0 ? RIGHT.PATH_FILESTAT_SET_SIZE : 0)
  const parent = ctx.fds.directory(fd, needed)
  const ptr = resultU32(memory, result)
  const onlyDirectory = (oflags & OFLAG_DIRECTORY) !== 0
  const wanted = baseLo & (onlyDirectory ? RIGHT.FD_WRITE : RIGHT.FD_READ | RIGHT.FD_WRITE)
  if ((wanted & ~parent.inheriting) !== 0) throw fail('notcapable')
  ctx.fds.mustHaveRoom()

  const read = (baseLo & (RIGHT.FD_READ | RIGHT.FD_READDIR)) !== 0
  const write = (baseLo & RIGHT.FD_WRITE) !== 0 || (!read && (baseLo & parent.inheriting & WRITE_RIGHTS) !== 0)
  const how: OpenRequest = {
    // Opened for nothing is opened for reading, as far as the host is concerned; the fd's rights say what the guest may do.
    read: read || !write,
    write,
    create: (oflags & OFLAG_CREAT) !== 0,
    exclusive: (oflags & OFLAG_EXCL) !== 0 && (oflags & OFLAG_CREAT) !== 0,
    truncate: (oflags & OFLAG_TRUNC) !== 0,
    directory: onlyDirectory,
  }
  return chain(parent.directory.open(readPath(ctx, memory, path, length), follow, how), (opened) => {
    const handedOn = baseLo & parent.inheriting
    const inheriting = inheritingLo & parent.inheriting
    const made: Fd =
      opened.kind === 'directory'
        ? {
            kind: 'directory',
            directory: opened.directory,
            preopen: undefined,
            listing: undefined,
            rights: handedOn & DIRECTORY_RIGHTS,
            inheriting,
            flags: fdflags,
          }
        : {
            kind: 'file',
            file: opened.file,
            offset: 0,
            rights: handedOn & FILE_RIGHTS & (write ? -1 : ~(RIGHT.FD_ALLOCATE | RIGHT.FD_FILESTAT_SET_SIZE)),
            inheriting,
            flags: fdflags,
          }
    memory.setUint32(ptr, ctx.fds.add(made))
    return 0
  })
}
