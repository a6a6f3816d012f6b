/**
 * `wasi_unstable`, the snapshot before Preview 1 (witx `wasi_unstable`): the same functions but for sock_accept, which came later,
 * a `filestat` whose nlink has 32 bits, a longer `subscription`, and another order of `whence`.
 */
import type { Preview1Function } from './context.ts'
import { WHENCE_CUR, WHENCE_END, WHENCE_SET } from './abi.ts'
import { filestatGet } from './fd.ts'
import { fd_seek } from './fd-io.ts'
import { oldFilestatLayout } from './guest-memory.ts'
import { type Row, preview1Table } from './imports.ts'
import { pathFilestatGet } from './path.ts'
import { pollOneoff } from './poll.ts'

/** `whence` of preview 0: cur, end, set. */
const whences: readonly number[] = [WHENCE_CUR, WHENCE_END, WHENCE_SET]

const seek: Preview1Function = (ctx, memory, fd: number, lo: number, hi: number, whence: number, result: number) =>
  fd_seek(ctx, memory, fd, lo, hi, whences[whence] ?? whence, result)

/** A clock's subscription has a userdata of its own in front: `identifier` (u64 at 16). */
const poll: Preview1Function = pollOneoff({ size: 56, clock: 24, timeout: 32, flags: 48 })

const replaced: Readonly<Record<string, Preview1Function>> = {
  fd_filestat_get: filestatGet(oldFilestatLayout),
  fd_seek: seek,
  path_filestat_get: pathFilestatGet(oldFilestatLayout),
  poll_oneoff: poll,
}

export const unstableTable: Readonly<Record<string, Row>> = Object.fromEntries(
  Object.entries(preview1Table)
    .filter(([name]) => name !== 'sock_accept')
    .map(([name, row]) => [name, replaced[name] === undefined ? row : { ...row, run: replaced[name] }]),
)
