/**
 * Zip archives (PKWARE APPNOTE 6.3) as read-only directories: the central directory is read at once, contents when a file is
 * opened. Stored and deflated entries, zip64, symlinks and times of Unix archivers. Granted with `fs: { '/data': zipFs(bytes) }`.
 */
import { decodeUtf8, decodeUtf8Lossy } from '../../bytes/utf8.ts'
import { HostError } from '../../errors.ts'
import { fail, SysError } from '../errno.ts'
import type { FileType } from '../file-system.ts'
import { attempt, chain } from '../maybe.ts'
import { type Time, time } from '../time.ts'
import { type ArchiveEntry, ArchiveFs, type ArchiveOptions } from './archive-fs.ts'
import { crc32, engineInflate, type Inflate } from './inflate.ts'

const END = 0x06054b50
const END64 = 0x06064b50
const LOCATOR64 = 0x07064b50
const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50
const STORED = 0
const DEFLATED = 8
const ENCRYPTED = 1
const UTF8_NAMES = 1 << 11
/** "Made by" systems whose external attributes hold Unix modes: Unix, and OS X. */
const UNIX: readonly number[] = [3, 19]
const EXTRA_ZIP64 = 1
const EXTRA_TIMES = 0x5455

export interface ZipOptions extends ArchiveOptions {
  /** Default the engine's DecompressionStream: the guest is parked while it works. */
  inflate?: Inflate
}

/** A zip archive as a read-only directory. Throws HostError when the bytes are no zip archive, or need an inflate that is not there. */
export function zipFs(bytes: Uint8Array, options: ZipOptions = {}): ArchiveFs {
  return new ArchiveFs('zip', new Zip(bytes, options.inflate ?? engineInflate()).entries(), options)
}

class Zip {
  private readonly bytes: Uint8Array
  private readonly view: DataView
  private readonly inflate: Inflate | undefined
  /** What stands before the archive, such as the stub of a self-extracting one. Offsets do not count it. */
  private shift = 0

  constructor(bytes: Uint8Array, inflate: Inflate | undefined) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.inflate = inflate
  }

  entries(): ArchiveEntry[] {
    const end = this.findEnd()
    let { count, size, offset } = end
    const locator = end.at - 20
    if (locator >= 0 && this.u32(locator) === LOCATOR64) {
      // Where the zip64 end stands is known only with what stands before the archive; it ends where its locator begins.
      let at = this.u64(locator + 8)
      if (at + 56 > this.bytes.length || this.u32(at) !== END64) at = locator - 56
      if (at < 0 || this.u32(at) !== END64) throw bad(locator, 'the zip64 end of the central directory is missing')
      count = this.u64(at + 32)
      size = this.u64(at + 40)
      offset = this.u64(at + 48)
      this.shift = at - size - offset
    } else this.shift = end.at - size - offset
    if (this.shift < 0) throw bad(end.at, 'the central directory would begin before the file')
    const list: ArchiveEntry[] = []
    for (let at = offset + this.shift, i = 0; i < count; i++) {
      const entry = this.central(at)
      list.push(entry.entry)
      at = entry.next
    }
    return list
  }

  /** The end record stands last, but for a comment of at most 64 KiB. */
  private findEnd(): { at: number; count: number; size: number; offset: number } {
    const { bytes } = this
    for (let at = bytes.length - 22; at >= Math.max(0, bytes.length - 22 - 0xffff); at--) {
      if (this.u32(at) === END && at + 22 + this.u16(at + 20) <= bytes.length)
        return { at, count: this.u16(at + 10), size: this.u32(at + 12), offset: this.u32(at + 16) }
    }
    throw new HostError('zip: the end of a central directory was not found: this is no zip archive, or it is cut off')
  }

  private central(at: number): { entry: ArchiveEntry; next: number } {
    this.need(at, 46)
    if (this.u32(at) !== CENTRAL) throw bad(at, 'an entry of the central directory was expected')
    const flags = this.u16(at + 8)
    const method = this.u16(at + 10)
    const crc = this.u32(at + 16)
    const nameLength = this.u16(at + 28)
    const extraLength = this.u16(at + 30)
    const next = at + 46 + nameLength + extraLength + this.u16(at + 32)
    this.need(at, next - at)
    let packedSize = this.u32(at + 20)
    let size = this.u32(at + 24)
    let offset = this.u32(at + 42)
    let mtime = this.dosTime(at + 12)
    this.extras(at + 46 + nameLength, extraLength, (id, from, length) => {
      if (id === EXTRA_TIMES && length >= 5 && (this.bytes[from]! & 1) !== 0) mtime = time(this.view.getInt32(from + 1, true), 0)
      if (id !== EXTRA_ZIP64) return
      // Only the fields that do not fit their old place are there, in this order.
      let field = from
      const wide = (old: number): number => {
        if (old !== 0xffffffff) return old
        if (field + 8 > from + length) throw bad(from, 'a zip64 field is missing')
        field += 8
        return this.u64(field - 8)
      }
      size = wide(size)
      packedSize = wide(packedSize)
      offset = wide(offset)
    })
    const rawName = this.bytes.subarray(at + 46, at + 46 + nameLength)
    const path = (flags & UTF8_NAMES) !== 0 ? decodeUtf8Lossy(rawName) : (decodeUtf8(rawName) ?? latin1(rawName))
    const mode = UNIX.includes(this.u16(at + 4) >>> 8) ? this.u32(at + 38) >>> 16 : 0
    const type = path.endsWith('/') ? 'directory' : typeOfMode(mode)
    if (method === DEFLATED && this.inflate === undefined)
      throw new HostError(`zip: ${path} is compressed, and this JS engine has no DecompressionStream: give the option inflate`)
    const local = offset + this.shift
    return {
      entry: { path, type, mtime, size, packed: method !== STORED, read: this.reader(local, method, flags, packedSize, size, crc) },
      next,
    }
  }

  /** Contents of an entry; what is damaged or not supported shows when it is opened. */
  private reader(local: number, method: number, flags: number, packedSize: number, size: number, crc: number): ArchiveEntry['read'] {
    const checked = (data: Uint8Array): Uint8Array => {
      if (data.length !== size || crc32(data) !== crc) throw fail('io', 'damaged in the archive')
      return data
    }
    return () => {
      if ((flags & ENCRYPTED) !== 0) throw fail('acces', 'encrypted in the archive')
      if (method !== STORED && method !== DEFLATED) throw fail('notsup', `compression method ${method}`)
      if (local + 30 > this.bytes.length || this.u32(local) !== LOCAL) throw fail('io', 'damaged in the archive')
      const start = local + 30 + this.u16(local + 26) + this.u16(local + 28)
      if (start + packedSize > this.bytes.length) throw fail('io', 'cut off in the archive')
      const data = this.bytes.subarray(start, start + packedSize)
      if (method === STORED) return checked(data)
      return attempt(
        () => chain(this.inflate!(data, size), checked),
        (e) => {
          // Whatever an inflate thinks of damaged data.
          throw e instanceof SysError ? e : fail('io', 'damaged in the archive')
        },
      )
    }
  }

  private extras(at: number, length: number, found: (id: number, from: number, length: number) => void): void {
    for (let here = at; here + 4 <= at + length;) {
      const size = this.u16(here + 2)
      if (here + 4 + size > at + length) return
      found(this.u16(here), here + 4, size)
      here += 4 + size
    }
  }

  /** MS-DOS time: steps of two seconds, without a time zone; taken as UTC, so that it is the same everywhere. */
  private dosTime(at: number): Time {
    const t = this.u16(at)
    const d = this.u16(at + 2)
    const ms = Date.UTC((d >>> 9) + 1980, ((d >>> 5) & 15) - 1, d & 31, t >>> 11, (t >>> 5) & 63, (t & 31) * 2)
    return time(Math.floor(ms / 1000), 0)
  }

  private need(at: number, length: number): void {
    if (at + length > this.bytes.length) throw bad(at, 'the archive is cut off')
  }
  private u16(at: number): number {
    return this.view.getUint16(at, true)
  }
  private u32(at: number): number {
    return this.view.getUint32(at, true)
  }
  private u64(at: number): number {
    const value = this.u32(at + 4) * 0x100000000 + this.u32(at)
    if (!Number.isSafeInteger(value)) throw bad(at, 'a size beyond 2^53')
    return value
  }
}

function typeOfMode(mode: number): FileType {
  switch (mode & 0xf000) {
    case 0x1000:
      return 'fifo'
    case 0x2000:
      return 'character'
    case 0x4000:
      return 'directory'
    case 0x6000:
      return 'block'
    case 0xa000:
      return 'symlink'
    case 0xc000:
      return 'socket'
    default:
      return 'file'
  }
}

const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (b) => String.fromCharCode(b)).join('')
const bad = (offset: number, what: string): HostError => new HostError(`zip: ${what} (at byte ${offset})`)
