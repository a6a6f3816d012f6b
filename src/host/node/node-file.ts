/**
 * An open regular file of the machine. Opened by `node-fs.ts`; all reads and writes name their position, so that the
 * descriptor's own offset is never used.
 */
import type { BigIntStats } from 'node:fs'
import { fs } from './builtins.ts'
import { fail } from '../errno.ts'
import type { FileHandle, FileStat, NewTimes } from '../file-system.ts'
import { nodeErrno, sys } from './node-errno.ts'
import { nodeStat, rememberTimes } from './node-stat.ts'

const C = fs.constants

export class NodeFile implements FileHandle {
  private fd: number
  private readonly readable: boolean
  private readonly writable: boolean
  /** Whether metadata may be changed: the mount is writable. */
  private readonly changeable: boolean
  private readonly handleRelative: boolean
  /** The same file opened again with O_APPEND, once something is appended. */
  private appendFd = -1

  constructor(fd: number, readable: boolean, writable: boolean, changeable: boolean, handleRelative: boolean) {
    this.fd = fd
    this.readable = readable
    this.writable = writable
    this.changeable = changeable
    this.handleRelative = handleRelative
  }

  read(buffer: Uint8Array, position: number): number {
    if (!this.readable) throw fail('badf')
    try {
      return fs.readSync(this.fd, buffer, 0, buffer.length, position)
    } catch (e) {
      return sys(() => {
        throw e
      })
    }
  }

  write(data: Uint8Array, position: number): number {
    if (!this.writable) throw fail('badf')
    try {
      return fs.writeSync(this.fd, data, 0, data.length, position)
    } catch (e) {
      return sys(() => {
        throw e
      })
    }
  }

  /** Atomic through a second handle with O_APPEND; without /proc a write at the current end. */
  append(data: Uint8Array): number {
    if (!this.writable) throw fail('badf')
    if (!this.handleRelative) return this.write(data, this.size())
    return sys(() => {
      if (this.appendFd < 0) this.appendFd = fs.openSync(`/proc/self/fd/${this.fd}`, C.O_WRONLY | C.O_APPEND)
      return fs.writeSync(this.appendFd, data, 0, data.length, null)
    })
  }

  size(): number {
    return sys(() => fs.fstatSync(this.fd).size)
  }
  stat(): FileStat {
    return sys(() => nodeStat(fs.fstatSync(this.fd, { bigint: true })))
  }
  truncate(size: number): void {
    if (!this.writable) throw fail('inval')
    sys(() => fs.ftruncateSync(this.fd, size))
  }
  setTimes(times: NewTimes): void {
    if (!this.changeable) throw fail('rofs')
    sys(() => {
      const stat = (): BigIntStats => fs.fstatSync(this.fd, { bigint: true })
      rememberTimes(stat(), times, (a, m) => fs.futimesSync(this.fd, a, m), stat)
    })
  }
  sync(dataOnly: boolean): void {
    sys(() => (dataOnly ? fs.fdatasyncSync(this.fd) : fs.fsyncSync(this.fd)))
  }
  close(): void {
    if (this.fd < 0) return
    const { fd, appendFd } = this
    this.fd = this.appendFd = -1
    if (appendFd >= 0) fs.closeSync(appendFd)
    try {
      fs.closeSync(fd)
    } catch (e) {
      throw fail(nodeErrno(e))
    }
  }
}
