/**
 * File descriptors of one guest: numbers, rights and flags around the host layer's files, directories and streams.
 */
import type { Directory } from '../../host/directory.ts'
import { fail } from '../../host/errno.ts'
import type { DirEntry, FileHandle } from '../../host/file-system.ts'
import { isPromise, type Maybe } from '../../host/maybe.ts'
import type { Connection, Listener } from '../../host/sockets.ts'
import type { Input, Output } from '../../host/streams.ts'

interface Common {
  /** Bits of RIGHT; both only ever shrink. */
  rights: number
  inheriting: number
  /** FDFLAG_*. */
  flags: number
}
export interface FileFd extends Common {
  readonly kind: 'file'
  readonly file: FileHandle
  /** Byte offset, an integer below 2^53. */
  offset: number
}
export interface DirectoryFd extends Common {
  readonly kind: 'directory'
  readonly directory: Directory
  /** The guest's name of a preopened directory, in UTF-8. */
  readonly preopen: Uint8Array | undefined
  /** Entries as of the last fd_readdir from the start: cookies index into it, so they stay stable while the directory changes. */
  listing: readonly DirEntry[] | undefined
}
export interface InputFd extends Common {
  readonly kind: 'input'
  readonly input: Input
  readonly isTTY: boolean
}
export interface OutputFd extends Common {
  readonly kind: 'output'
  readonly output: Output
  readonly isTTY: boolean
}
export interface ListenerFd extends Common {
  readonly kind: 'listener'
  readonly listener: Listener
}
export interface ConnectionFd extends Common {
  readonly kind: 'connection'
  readonly connection: Connection
}
export type Fd = FileFd | DirectoryFd | InputFd | OutputFd | ListenerFd | ConnectionFd

export class FdTable {
  private readonly slots: (Fd | undefined)[] = []
  private readonly limit: number
  /** No number below this one is free. */
  private lowest = 0
  private open = 0
  /** The guest has ended. */
  private closed = false

  constructor(limit: number) {
    this.limit = limit
  }

  /** The lowest free number, as POSIX. Full → `mfile`. */
  add(fd: Fd): number {
    if (this.closed) {
      // A provider answered after its guest was given up: nobody else would close this.
      quietly(() => release(fd))
      throw fail('canceled')
    }
    this.mustHaveRoom()
    let n = this.lowest
    while (this.slots[n] !== undefined) n++
    this.slots[n] = fd
    this.lowest = n + 1
    this.open++
    return n
  }

  /** Fails with `mfile` when nothing more can be opened; asked before anything is created. */
  mustHaveRoom(): void {
    if (this.open >= this.limit) throw fail('mfile')
  }

  has(n: number): boolean {
    return this.slots[n >>> 0] !== undefined
  }

  /** What an fd number stands for; not open → `badf`. */
  get(n: number): Fd {
    const fd = this.slots[n >>> 0]
    if (fd === undefined) throw fail('badf')
    return fd
  }

  /** A regular file with all of `rights`. A directory → `isdir`, a stream → `spipe`, missing rights → `notcapable`. */
  file(n: number, rights: number): FileFd {
    const fd = this.get(n)
    if (fd.kind === 'directory') throw fail('isdir')
    if (fd.kind !== 'file') throw fail('spipe')
    if ((fd.rights & rights) !== rights) throw fail('notcapable')
    return fd
  }

  /** A directory with all of `rights`; anything else → `notdir`. */
  directory(n: number, rights: number): DirectoryFd {
    const fd = this.get(n)
    if (fd.kind !== 'directory') throw fail('notdir')
    if ((fd.rights & rights) !== rights) throw fail('notcapable')
    return fd
  }

  /** A socket with all of `rights`; anything else → `notsock`. */
  socket(n: number, rights: number): ListenerFd | ConnectionFd {
    const fd = this.get(n)
    if (fd.kind !== 'listener' && fd.kind !== 'connection') throw fail('notsock')
    if ((fd.rights & rights) !== rights) throw fail('notcapable')
    return fd
  }

  /** A connection with all of `rights`; a listener → `notconn`. */
  connection(n: number, rights: number): ConnectionFd {
    const fd = this.socket(n, 0)
    if (fd.kind !== 'connection') throw fail('notconn')
    if ((fd.rights & rights) !== rights) throw fail('notcapable')
    return fd
  }

  /** Anything with all of `rights`. */
  any(n: number, rights: number): Fd {
    const fd = this.get(n)
    if ((fd.rights & rights) !== rights) throw fail('notcapable')
    return fd
  }

  close(n: number): Maybe<void> {
    const fd = this.get(n)
    this.slots[n >>> 0] = undefined
    this.lowest = Math.min(this.lowest, n >>> 0)
    this.open--
    return release(fd)
  }

  /** fd_renumber: `to` is closed and becomes what `from` was. Both must be open; equal numbers change nothing. */
  renumber(from: number, to: number): Maybe<void> {
    const moved = this.get(from)
    const old = this.get(to)
    if (from >>> 0 === to >>> 0) return
    this.slots[to >>> 0] = moved
    this.slots[from >>> 0] = undefined
    this.lowest = Math.min(this.lowest, from >>> 0)
    this.open--
    return release(old)
  }

  /** Closes everything, at the end of the guest. Errors no longer interest anyone. */
  closeAll(): void {
    this.closed = true
    for (let n = 0; n < this.slots.length; n++) if (this.slots[n] !== undefined) quietly(() => this.close(n))
  }
}

function quietly(close: () => Maybe<void>): void {
  try {
    const closed = close()
    if (isPromise(closed)) closed.then(undefined, () => {})
  } catch {
    // Closed all the same.
  }
}

function release(fd: Fd): Maybe<void> {
  if (fd.kind === 'file') return fd.file.close()
  if (fd.kind === 'directory') fd.directory.close()
  else if (fd.kind === 'input') fd.input.close?.()
  else if (fd.kind === 'output') fd.output.close?.()
  else if (fd.kind === 'listener') fd.listener.close()
  else fd.connection.close()
}
