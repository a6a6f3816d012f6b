/**
 * Tar archives (POSIX.1-2017 pax and ustar, GNU long names) as read-only directories. Contents are windows on the archive:
 * nothing is copied. Compressed archives are unpacked before. Granted with `fs: { '/data': tarFs(bytes) }`.
 */
import { decodeUtf8Lossy, encodeUtf8 } from '../../bytes/utf8.ts'
import { HostError } from '../../errors.ts'
import type { FileType } from '../file-system.ts'
import { type Time, time } from '../time.ts'
import { type ArchiveEntry, ArchiveFs } from './archive-fs.ts'

const BLOCK = 512

const types: Readonly<Record<string, FileType>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'file',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
}

/** A tar archive as a read-only directory. Throws HostError, with the place, when the bytes are none. */
export function tarFs(bytes: Uint8Array): ArchiveFs {
  return new ArchiveFs('tar', [...readTar(bytes)])
}

function* readTar(bytes: Uint8Array): Generator<ArchiveEntry> {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) throw new HostError('tar: this is compressed by gzip: unpack it before')
  /** Fields of pax headers: for all entries that follow, and for the next one. */
  const global = new Map<string, string>()
  let next = new Map<string, string>()
  for (let at = 0; at < bytes.length;) {
    const header = bytes.subarray(at, at + BLOCK)
    // Two blocks of zeros are the end; one is accepted, as everywhere.
    if (header.every((b) => b === 0)) return
    if (header.length < BLOCK) throw bad(at, 'a header is cut off')
    checkSum(header, at)
    const size = number(header, 124, 12, at)
    const start = at + BLOCK
    const kind = String.fromCharCode(header[156]!)
    const field = (name: string): string | undefined => next.get(name) ?? global.get(name)
    const paxSize = kind === 'x' || kind === 'g' ? undefined : field('size')
    const length = paxSize === undefined ? size : Number(paxSize)
    if (!(start + length <= bytes.length)) throw bad(at, 'the contents are cut off')
    const data = bytes.subarray(start, start + length)
    at = start + Math.ceil(length / BLOCK) * BLOCK
    if (kind === 'x' || kind === 'g') paxFields(data, kind === 'x' ? next : global, start)
    else if (kind === 'L' || kind === 'K') next.set(kind === 'L' ? 'path' : 'linkpath', text(data, 0, data.length))
    else {
      const type = types[kind]
      if (type === undefined) throw bad(start - BLOCK, `entries of type '${kind}' are not supported`)
      const ustar = text(header, 257, 5) === 'ustar'
      const prefix = ustar ? text(header, 345, 155) : ''
      const name = text(header, 0, 100)
      const path = field('path') ?? (prefix === '' ? name : `${prefix}/${name}`)
      const target = field('linkpath') ?? text(header, 157, 100)
      const mtime = paxTime(field('mtime')) ?? time(number(header, 136, 12, start - BLOCK), 0)
      // Before ustar, directories were files whose names end in a slash.
      const actual = type === 'file' && path.endsWith('/') ? 'directory' : type
      const contents = actual === 'symlink' ? encodeUtf8(target) : actual === 'file' && kind !== '1' ? data : new Uint8Array(0)
      yield {
        path,
        type: actual,
        mtime,
        size: contents.length,
        packed: false,
        read: () => contents,
        linkTo: kind === '1' ? target : undefined,
      }
      next = new Map()
    }
  }
}

/** `LENGTH KEY=VALUE\n`, one after the other; LENGTH counts itself. */
function paxFields(data: Uint8Array, into: Map<string, string>, offset: number): void {
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(0x20, at)
    const length = Number(text(data, at, Math.max(0, space - at)))
    const end = at + length - 1
    const equals = data.indexOf(0x3d, space)
    if (space < 0 || !(length > 0) || end >= data.length || data[end] !== 0x0a || equals < 0 || equals > end)
      throw bad(offset + at, 'a pax header is damaged')
    into.set(decodeUtf8Lossy(data, space + 1, equals), decodeUtf8Lossy(data, equals + 1, end))
    at = end + 1
  }
}

/** Seconds with a decimal fraction, of which nine digits count. */
function paxTime(value: string | undefined): Time | undefined {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(value ?? '')
  if (match === null) return undefined
  const nanos = Number((match[3] ?? '').slice(0, 9).padEnd(9, '0'))
  const seconds = Number(match[2])
  if (match[1] === '') return time(seconds, nanos)
  return nanos === 0 ? time(-seconds, 0) : time(-seconds - 1, 1_000_000_000 - nanos)
}

/** Octal digits, or for large values a binary number whose first bit is set (GNU). */
function number(header: Uint8Array, at: number, length: number, offset: number): number {
  let value = 0
  if ((header[at]! & 0x80) !== 0) {
    for (let i = 0; i < length; i++) value = value * 256 + (i === 0 ? header[at]! & 0x7f : header[at + i]!)
  } else {
    const digits = text(header, at, length).trim()
    if (!/^[0-7]*$/.test(digits)) throw bad(offset, `'${digits}' is not an octal number`)
    value = digits === '' ? 0 : parseInt(digits, 8)
  }
  if (!Number.isSafeInteger(value)) throw bad(offset, 'a number beyond 2^53')
  return value
}

/** The sum of all bytes, its own field counted as spaces. */
function checkSum(header: Uint8Array, offset: number): void {
  let sum = 0
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : header[i]!
  if (number(header, 148, 8, offset) !== sum) throw bad(offset, 'no tar header: its checksum is wrong')
}

/** Up to the first NUL. */
function text(bytes: Uint8Array, at: number, length: number): string {
  let end = at
  while (end < at + length && bytes[end] !== 0) end++
  return decodeUtf8Lossy(bytes, at, end)
}

const bad = (offset: number, what: string): HostError => new HostError(`tar: ${what} (at byte ${offset})`)
