/**
 * Host calls as a person reads them: `path_open(fd=3, "a.txt", CREAT) = 0 fd=4`, and the same as data for JSON. One row for
 * each function says what its arguments are; a test compares the rows with the signatures. Used by `WASI` (option `strace`).
 */
import { decodeUtf8Lossy } from '../../bytes/utf8.ts'
import { Trap } from '../../errors.ts'
import type { Memory } from '../../runtime/memory.ts'
import { ERRNO, SIZE_IOVEC } from './abi.ts'
import type { Watcher } from './context.ts'

/** One host call after it has ended. */
export interface StraceEntry {
  readonly name: string
  /** By the names of the specification: numbers, texts, lists of flags; 64-bit numbers as decimal text beyond 2^53. */
  readonly args: Readonly<Record<string, StraceValue>>
  /** `success`, `noent`, …; `exit` for proc_exit, `interrupted` for a call that was given up, `trap` for one that broke the ABI. */
  readonly outcome: string
  readonly results: Readonly<Record<string, StraceValue>>
}
export type StraceValue = number | string | readonly string[]

/**
 * Arguments in order, as `name:kind`; a name alone is its own kind. `-` leaves an argument out, `!` shows it in JSON only,
 * `>` is a pointer to a result.
 */
// oxfmt-ignore
export const straceRows: Readonly<Record<string, string>> = {
  args_get: '- -',
  args_sizes_get: '>count:u32 >size:u32',
  environ_get: '- -',
  environ_sizes_get: '>count:u32 >size:u32',
  clock_res_get: 'clock >ns:u64',
  clock_time_get: 'clock !precision:u64 >ns:u64',
  fd_advise: 'fd offset:u64 length:u64 advice:u32',
  fd_allocate: 'fd offset:u64 length:u64',
  fd_close: 'fd',
  fd_datasync: 'fd',
  fd_fdstat_get: 'fd >stat:fdstat',
  fd_fdstat_set_flags: 'fd flags:fdflags',
  fd_fdstat_set_rights: 'fd !rights !inheriting:rights',
  fd_filestat_get: 'fd >stat:filestat',
  fd_filestat_set_size: 'fd size:u64',
  fd_filestat_set_times: 'fd atim:u64 mtim:u64 flags:fstflags',
  fd_pread: 'fd data:into offset:u64 >n:u32',
  fd_prestat_dir_name: 'fd >name:text',
  fd_prestat_get: 'fd >length:prestat',
  fd_pwrite: 'fd data:from offset:u64 >n:u32',
  fd_read: 'fd data:into >n:u32',
  fd_readdir: 'fd - length:u32 cookie:u64 >used:u32',
  fd_renumber: 'fd to:fd',
  fd_seek: 'fd delta:s64 whence >offset:u64',
  fd_sync: 'fd',
  fd_tell: 'fd >offset:u64',
  fd_write: 'fd data:from >n:u32',
  path_create_directory: 'fd path',
  path_filestat_get: 'fd !lookup path >stat:filestat',
  path_filestat_set_times: 'fd !lookup path atim:u64 mtim:u64 flags:fstflags',
  path_link: 'fd !lookup path to:fd to_path:path',
  path_open: 'fd !lookup path oflags !rights !inheriting:rights flags:fdflags >fd:u32',
  path_readlink: 'fd path >target:text >n:u32',
  path_remove_directory: 'fd path',
  path_rename: 'fd path to:fd to_path:path',
  path_symlink: 'target:path fd path',
  path_unlink_file: 'fd path',
  poll_oneoff: '- - count:u32 >n:u32',
  proc_exit: 'code:u32',
  proc_raise: 'signal:u32',
  random_get: '- length:u32',
  sched_yield: '',
  sock_accept: 'fd flags:fdflags >fd:u32',
  sock_recv: 'fd data:into flags:u32 >n:u32 -',
  sock_send: 'fd data:from !flags:u32 >n:u32',
  sock_shutdown: 'fd how:u32',
}

export interface Field {
  readonly name: string
  readonly kind: string
  readonly mark: '' | '-' | '!' | '>'
}
const parsed = new Map<string, readonly Field[]>()
/** The row of a function, in pieces. */
export function straceFields(name: string): readonly Field[] {
  let fields = parsed.get(name)
  if (fields === undefined) {
    const words = (straceRows[name] ?? '').split(' ').filter((w) => w !== '')
    fields = words.map((word) => {
      const mark = /^[-!>]/.test(word) ? (word[0] as Field['mark']) : ''
      const [label, kind = label] = word.slice(mark.length).split(':') as [string, string?]
      return { name: label, kind, mark }
    })
    parsed.set(name, fields)
  }
  return fields
}

const twoWords: ReadonlySet<string> = new Set(['u64', 's64', 'rights', 'path', 'text', 'into', 'from'])
/** How many numbers of the call a field takes: i64 has two halves, texts and buffers have pointer and length. */
export const wordsOf = ({ kind, mark }: Field): number => (twoWords.has(kind) && (mark !== '>' || kind === 'text') ? 2 : 1)

const flagNames: Readonly<Record<string, readonly string[]>> = {
  lookup: ['FOLLOW'],
  oflags: ['CREAT', 'DIRECTORY', 'EXCL', 'TRUNC'],
  fdflags: ['APPEND', 'DSYNC', 'NONBLOCK', 'RSYNC', 'SYNC'],
  fstflags: ['ATIM', 'ATIM_NOW', 'MTIM', 'MTIM_NOW'],
}
const wordNames: Readonly<Record<string, readonly string[]>> = {
  whence: ['SET', 'CUR', 'END'],
  clock: ['REALTIME', 'MONOTONIC', 'PROCESS_CPUTIME', 'THREAD_CPUTIME'],
}
const typeNames = ['unknown', 'block', 'character', 'directory', 'file', 'datagram', 'socket', 'symlink']
const errnoNames: readonly string[] = Object.keys(ERRNO)

/** Longest text or data that is shown, in bytes. */
const LONGEST = 48
const text = (memory: Memory, ptr: number, length: number): string => decodeUtf8Lossy(memory.read(ptr >>> 0, length >>> 0).slice())

function u64(lo: number, hi: number, signed: boolean): number | string {
  const value = (signed ? hi : hi >>> 0) * 0x100000000 + (lo >>> 0)
  return Number.isSafeInteger(value) ? value : `0x${(hi >>> 0).toString(16)}${(lo >>> 0).toString(16).padStart(8, '0')}`
}

/** The first bytes of the buffers, at most `most` in all. */
function data(memory: Memory, array: number, count: number, most: number): string {
  const bytes: number[] = []
  const wanted = Math.min(most, LONGEST + 1)
  for (let i = 0; i < count >>> 0 && bytes.length < wanted; i++) {
    const at = (array >>> 0) + i * SIZE_IOVEC
    const length = Math.min(memory.getUint32(at + 4), wanted - bytes.length)
    bytes.push(...memory.read(memory.getUint32(at), length))
  }
  return decodeUtf8Lossy(Uint8Array.from(bytes.slice(0, LONGEST))) + (bytes.length > LONGEST ? '…' : '')
}

function argument(memory: Memory, { kind }: Field, words: readonly number[]): StraceValue | undefined {
  const [a = 0, b = 0] = words
  const flags = flagNames[kind]
  if (flags !== undefined) return flags.filter((_, bit) => (a & (1 << bit)) !== 0)
  switch (kind) {
    case 'path':
      return text(memory, a, b)
    case 'from':
      return data(memory, a, b, Infinity)
    case 'into':
      return undefined
    case 'rights':
      return `0x${(a >>> 0).toString(16)}`
    case 'u64':
    case 's64':
      return u64(a, b, kind === 's64')
    default:
      return wordNames[kind]?.[a] ?? a >>> 0
  }
}

function result(memory: Memory, { kind }: Field, words: readonly number[]): StraceValue {
  const ptr = words[0]! >>> 0
  switch (kind) {
    case 'u64':
      return u64(memory.getUint32(ptr), memory.getUint32(ptr + 4), false)
    case 'fdstat':
      return typeNames[memory.getUint8(ptr)]!
    case 'filestat':
      return `${typeNames[memory.getUint8(ptr + 16)]!} ${u64(memory.getUint32(ptr + 32), memory.getUint32(ptr + 36), false)}`
    case 'prestat':
      return memory.getUint32(ptr + 4)
    default:
      return memory.getUint32(ptr)
  }
}

/** Reads what may be out of bounds: then it is not shown. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (e) {
    if (e instanceof Trap) return undefined
    throw e
  }
}

/** Hands an entry to `sink` for every host call. */
export function strace(sink: (entry: StraceEntry) => void): Watcher {
  return (name, args, memory) => {
    const fields = straceFields(name)
    const shown: Record<string, StraceValue> = {}
    const later: { field: Field; words: readonly number[] }[] = []
    let at = 0
    for (const field of fields) {
      const words = args.slice(at, (at += wordsOf(field)))
      if (field.mark === '-' || memory === undefined) {
        if (field.mark === '' && memory === undefined) shown[field.name] = words[0]! >>> 0
        continue
      }
      if (field.mark === '>' || field.kind === 'into') later.push({ field, words })
      else {
        const value = attempt(() => argument(memory, field, words))
        if (value !== undefined) shown[field.name] = value
      }
    }
    return ({ errno, error, written }) => {
      const results: Record<string, StraceValue> = {}
      if (written !== undefined) results['n'] = written
      if (errno === 0 && memory !== undefined) {
        const n = later.filter(({ field }) => field.name === 'n').map(({ field, words }) => result(memory, field, words) as number)[0]
        for (const { field, words } of later) {
          const value = attempt(() =>
            field.kind === 'into'
              ? data(memory, words[0]!, words[1]!, n ?? 0)
              : field.kind === 'text'
                ? text(memory, words[0]!, Math.min(n ?? Infinity, words[1]! >>> 0))
                : result(memory, field, words),
          )
          if (value !== undefined) results[field.name] = value
        }
      }
      const outcome =
        errno !== undefined
          ? (errnoNames[errno] ?? String(errno))
          : error instanceof Trap
            ? 'trap'
            : error !== undefined
              ? 'interrupted'
              : 'exit'
      sink({ name, args: shown, outcome, results })
    }
  }
}

const quoted: ReadonlySet<string> = new Set(['path', 'from', 'into', 'text'])
/** One line: `path_open(fd=3, "a.txt", CREAT) = 0 fd=4`. */
export function formatStrace({ name, args, outcome, results }: StraceEntry): string {
  const show = (fields: readonly Field[], values: Readonly<Record<string, StraceValue>>, isResult: boolean): string[] =>
    fields.flatMap(({ name: label, kind, mark }) => {
      const value = values[label]
      if (value === undefined || mark === '!' || (mark === '>') !== (isResult && kind !== 'into')) return []
      if (quoted.has(kind)) return [JSON.stringify(value)]
      if (kind in flagNames) return (value as readonly string[]).length === 0 ? [] : [(value as readonly string[]).join('|')]
      return [kind in wordNames && typeof value === 'string' ? value : `${label}=${String(value)}`]
    })
  const fields = straceFields(name)
  const given = fields.map((f) => (f.kind === 'into' ? { ...f, mark: '>' as const, kind: 'text' } : f))
  const after = show(given, results, true)
  return `${name}(${show(given, args, false).join(', ')}) = ${outcome === 'success' ? '0' : outcome.toUpperCase()}${after.length === 0 ? '' : ` ${after.join(' ')}`}`
}
