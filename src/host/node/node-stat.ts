/**
 * Stat results of Node in the host layer's form, and times with full nanoseconds. Node (libuv) sets file times with a
 * resolution of one microsecond only; the nanoseconds that a guest asked for are remembered here and put back as long as
 * the file still has the times that were set.
 */
import type { BigIntStats } from 'node:fs'
import type { FileStat, FileType, NewTimes } from '../file-system.ts'
import { type Time, time } from '../time.ts'

interface TypeBits {
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
  isCharacterDevice(): boolean
  isBlockDevice(): boolean
  isFIFO(): boolean
  isSocket(): boolean
}

export function typeOf(s: TypeBits): FileType {
  if (s.isFile()) return 'file'
  if (s.isDirectory()) return 'directory'
  if (s.isSymbolicLink()) return 'symlink'
  if (s.isCharacterDevice()) return 'character'
  if (s.isBlockDevice()) return 'block'
  if (s.isFIFO()) return 'fifo'
  if (s.isSocket()) return 'socket'
  return 'unknown'
}

const halves = (v: bigint): { lo: number; hi: number } => ({ lo: Number(BigInt.asIntN(32, v)), hi: Number(BigInt.asIntN(32, v >> 32n)) })

function fromNs(ns: bigint): Time {
  const seconds = ns / 1_000_000_000n
  const nanos = ns % 1_000_000_000n
  return nanos < 0n ? time(Number(seconds) - 1, Number(nanos) + 1_000_000_000) : time(Number(seconds), Number(nanos))
}
const toNs = (t: Time): bigint => BigInt(t.seconds) * 1_000_000_000n + BigInt(t.nanos)

/** What was asked for, and what the file showed afterwards. */
interface Remembered {
  readonly atime: bigint
  readonly mtime: bigint
  readonly shownAtime: bigint
  readonly shownMtime: bigint
}
const remembered: Map<string, Remembered> = new Map()
/** Oldest entries go first: then only the nanoseconds below one microsecond are lost. */
const MOST_REMEMBERED = 4096
const keyOf = (s: BigIntStats): string => `${s.dev}:${s.ino}`

export function nodeStat(s: BigIntStats): FileStat {
  let { atimeNs, mtimeNs } = s
  if (remembered.size > 0) {
    const r = remembered.get(keyOf(s))
    if (r !== undefined) {
      if (atimeNs === r.shownAtime) atimeNs = r.atime
      if (mtimeNs === r.shownMtime) mtimeNs = r.mtime
    }
  }
  return {
    type: typeOf(s),
    dev: halves(s.dev),
    ino: halves(s.ino),
    nlink: Number(s.nlink),
    size: Number(s.size),
    atime: fromNs(atimeNs),
    mtime: fromNs(mtimeNs),
    ctime: fromNs(s.ctimeNs),
  }
}

/**
 * Sets times. `before` is the current stat, `set` takes seconds as Node wants them, `after` reads the stat again.
 * Seconds go half a microsecond up: libuv rounds down, and a double near 2^31 has a step of a quarter of a microsecond.
 */
export function rememberTimes(
  before: BigIntStats,
  times: NewTimes,
  set: (atime: number, mtime: number) => void,
  after: () => BigIntStats,
): void {
  const key = keyOf(before)
  const now = BigInt(Date.now()) * 1_000_000n
  const current = remembered.get(key)
  const pick = (wanted: Time | 'now' | undefined, shown: bigint, shownBefore: bigint | undefined, asked: bigint | undefined): bigint =>
    wanted === 'now' ? now : wanted !== undefined ? toNs(wanted) : shown === shownBefore ? asked! : shown
  const atime = pick(times.atime, before.atimeNs, current?.shownAtime, current?.atime)
  const mtime = pick(times.mtime, before.mtimeNs, current?.shownMtime, current?.mtime)
  const seconds = (ns: bigint): number => Number(ns / 1000n) / 1e6 + (ns > 0n ? 5e-7 : 0)
  set(seconds(atime), seconds(mtime))
  const shown = after()
  remembered.delete(key)
  // Only when the file shows what was set, up to the lost digits (the file system may have a coarser step of its own).
  const close = (a: bigint, b: bigint): boolean => a - b < 2_000_000_000n && b - a < 2_000_000_000n
  if ((shown.atimeNs !== atime || shown.mtimeNs !== mtime) && close(shown.atimeNs, atime) && close(shown.mtimeNs, mtime))
    remembered.set(key, { atime, mtime, shownAtime: shown.atimeNs, shownMtime: shown.mtimeNs })
  if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!)
}
