/**
 * fd_readdir: the entries of a directory, `.` and `..` first, as (dirent, name) one after the other without padding.
 * The buffer is filled to the last byte: a guest sees from `bufused < buf_len` that it has everything.
 */
import { encodeUtf8 } from '../../bytes/utf8.ts'
import { fail, SysError } from '../../host/errno.ts'
import type { DirEntry } from '../../host/file-system.ts'
import { attempt, isPromise, type Maybe, chain } from '../../host/maybe.ts'
import type { U64 } from '../../host/time.ts'
import type { Memory } from '../../runtime/memory.ts'
import { RIGHT, SIZE_DIRENT } from './abi.ts'
import type { Preview1Function } from './context.ts'
import type { DirectoryFd } from './fd-table.ts'
import { filetypeOf, resultU32 } from './guest-memory.ts'

const dots: readonly DirEntry[] = [
  { name: '.', type: 'directory' },
  { name: '..', type: 'directory' },
]

/** `dirent`: d_next (u64), d_ino (u64 at 8), d_namlen (u32 at 16), d_type (u8 at 20); 3 zero bytes; then the name. */
function encodeEntry(next: number, ino: U64, type: number, name: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(SIZE_DIRENT + name.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, next, true)
  view.setInt32(8, ino.lo, true)
  view.setInt32(12, ino.hi, true)
  view.setUint32(16, name.length, true)
  view.setUint8(20, type)
  bytes.set(name, SIZE_DIRENT)
  return bytes
}

/** Inode and type of an entry. `..` gets the directory's own number: its parent is not the guest's business. An entry that is gone gets 0. */
function identify(fd: DirectoryFd, entry: DirEntry): Maybe<{ readonly ino: U64; readonly type: number }> {
  const isDot = entry.name === '.' || entry.name === '..'
  return attempt(
    () => chain(isDot ? fd.directory.statSelf() : fd.directory.statEntry(entry.name), (s) => ({ ino: s.ino, type: filetypeOf(s.type) })),
    (e) => {
      if (e instanceof SysError) return { ino: { lo: 0, hi: 0 }, type: filetypeOf(entry.type) }
      throw e
    },
  )
}

function fill(memory: Memory, fd: DirectoryFd, listing: readonly DirEntry[], first: number, buffer: number, length: number): Maybe<number> {
  let index = first
  let used = 0
  const put = (entry: DirEntry, id: { readonly ino: U64; readonly type: number }): void => {
    index++
    const bytes = encodeEntry(index, id.ino, id.type, encodeUtf8(entry.name))
    const part = bytes.subarray(0, length - used)
    memory.write(buffer + used, part)
    used += part.length
  }
  const go = (): Maybe<number> => {
    while (index < listing.length && used < length) {
      const entry = listing[index]!
      const id = identify(fd, entry)
      if (isPromise(id))
        return id.then((i) => {
          put(entry, i)
          return go()
        })
      put(entry, id)
    }
    return used
  }
  return go()
}

export const fd_readdir: Preview1Function = (
  ctx,
  memory,
  fdNumber: number,
  buffer: number,
  length: number,
  cookieLo: number,
  cookieHi: number,
  result: number,
) => {
  const fd = ctx.fds.directory(fdNumber, RIGHT.FD_READDIR)
  const ptr = resultU32(memory, result)
  memory.check(buffer >>> 0, length >>> 0)
  const cookie = (cookieHi >>> 0) * 0x100000000 + (cookieLo >>> 0)
  // Cookie 0 starts again, with the directory as it is now.
  const listing =
    cookie === 0 || fd.listing === undefined ? chain(fd.directory.list(), (entries) => (fd.listing = [...dots, ...entries])) : fd.listing
  return chain(listing, (entries) => {
    if (cookie > entries.length) throw fail('inval')
    return chain(fill(memory, fd, entries, cookie, buffer >>> 0, length >>> 0), (used) => {
      memory.setUint32(ptr, used)
      return 0
    })
  })
}
