/**
 * A guest made by hand: calls Preview 1 functions as the engine would, on a memory of its own, whether they answer at once or
 * later. Errors come back as the names of errnos. For tests over all file systems.
 */
import type { FileSystemProvider } from '../../src/host/file-system.ts'
import type { Caller } from '../../src/runtime/host-function.ts'
import { Memory } from '../../src/runtime/memory.ts'
import { ERRNO, FILE_RIGHTS, RIGHT } from '../../src/wasi/preview1/abi.ts'
import { WASI, type WASIOptions } from '../../src/wasi/wasi.ts'

const names = new Map<number, string>(Object.entries(ERRNO).map(([name, n]) => [n, name]))
/** Where things are put in guest memory. */
export const OUT = 1024
export const PATH = 2048
export const PATH2 = 8192
export const IOV = 16384
export const BUF = 32768
export const END: number = 8 * 65536

export const CREAT = 1
export const DIRECTORY = 2
export const EXCL = 4
export const TRUNC = 8
/** Everything but writing. */
export const READING: number = FILE_RIGHTS & ~(RIGHT.FD_WRITE | RIGHT.FD_ALLOCATE | RIGHT.FD_FILESTAT_SET_SIZE)

export class TestGuest {
  readonly wasi: WASI
  readonly memory: Memory = new Memory({ limits: { min: 8, max: undefined, is64: false }, shared: false, pageSizeLog2: 16 }, 1 << 30)
  private readonly caller: Caller = { memory: this.memory, exit: () => {} }

  constructor(options: WASIOptions = {}) {
    this.wasi = new WASI(options)
  }
  /** A function of the table; i64 arguments are two halves. */
  async call(name: string, ...args: number[]): Promise<string> {
    const run = this.wasi.imports.wasi_snapshot_preview1[name]!.call as (caller: Caller, ...args: number[]) => unknown
    return names.get((await run(this.caller, ...args)) as number)!
  }
  put(ptr: number, text: string): [ptr: number, length: number] {
    const bytes = new TextEncoder().encode(text)
    this.memory.write(ptr, bytes)
    return [ptr, bytes.length]
  }
  text(ptr: number, length: number): string {
    return new TextDecoder().decode(this.memory.read(ptr, length).slice())
  }
  u32(ptr: number = OUT): number {
    return this.memory.getUint32(ptr)
  }
  u64(ptr: number = OUT): bigint {
    return this.memory.view.getBigUint64(ptr, true)
  }
  iovecs(...list: [ptr: number, length: number][]): [ptr: number, count: number] {
    list.forEach(([ptr, length], i) => {
      this.memory.setUint32(IOV + i * 8, ptr)
      this.memory.setUint32(IOV + i * 8 + 4, length)
    })
    return [IOV, list.length]
  }
  /** path_open; the fd, or the errno's name. */
  async open(
    fd: number,
    path: string,
    o: { oflags?: number; rights?: number; fdflags?: number; follow?: number } = {},
  ): Promise<number | string> {
    const e = await this.call(
      'path_open',
      fd,
      o.follow ?? 1,
      ...this.put(PATH, path),
      o.oflags ?? 0,
      o.rights ?? READING,
      0,
      -1,
      0,
      o.fdflags ?? 0,
      OUT,
    )
    return e === 'success' ? this.u32() : e
  }
  /** A function that takes (fd, path, …). */
  path(name: string, fd: number, path: string, ...rest: number[]): Promise<string> {
    return this.call(name, fd, ...this.put(PATH, path), ...rest)
  }
  /** A function that takes (fd, lookup flags, path, …). */
  looked(name: string, fd: number, flags: number, path: string, ...rest: number[]): Promise<string> {
    return this.call(name, fd, flags, ...this.put(PATH, path), ...rest)
  }
  link(from: number, path: string, to: number, toPath: string): Promise<string> {
    return this.call('path_link', from, 0, ...this.put(PATH, path), to, ...this.put(PATH2, toPath))
  }
  rename(from: number, path: string, to: number, toPath: string): Promise<string> {
    return this.call('path_rename', from, ...this.put(PATH, path), to, ...this.put(PATH2, toPath))
  }
  symlink(target: string, fd: number, path: string): Promise<string> {
    return this.call('path_symlink', ...this.put(PATH2, target), fd, ...this.put(PATH, path))
  }
  write(fd: number, text: string): Promise<string> {
    return this.call('fd_write', fd, ...this.iovecs(this.put(BUF, text)), OUT)
  }
  /** Text in quotes, or the errno's name. */
  async read(fd: number, size = 1000): Promise<string> {
    const e = await this.call('fd_read', fd, ...this.iovecs([BUF, size]), OUT)
    return e === 'success' ? `"${this.text(BUF, this.u32())}"` : e
  }
  /** Opens, reads and closes: text in quotes, or the errno's name. */
  async contents(fd: number, path: string, follow = 1): Promise<string> {
    const file = await this.open(fd, path, { follow })
    if (typeof file === 'string') return file
    const text = await this.read(file)
    await this.call('fd_close', file)
    return text
  }
}

/** The same provider with its root handle opened already, as `WASI` wants it. */
export async function rooted(provider: FileSystemProvider): Promise<FileSystemProvider> {
  const root = provider.root()
  if (!(root instanceof Promise)) {
    provider.closeDir(root)
    return provider
  }
  const handle = await root
  return new Proxy(provider, {
    get: (target, key) => {
      if (key === 'root') return () => handle
      const value = target[key as keyof FileSystemProvider] as unknown
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
