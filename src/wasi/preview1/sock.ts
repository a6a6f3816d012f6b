/**
 * sock_*. No listeners can be granted yet: an open fd is not a socket (`notsock`), others are `badf`.
 */
import { fail } from '../../host/errno.ts'
import { ALL_SDFLAGS } from './abi.ts'
import type { Preview1Function } from './context.ts'
import { checkFlags } from './guest-memory.ts'

const notSocket: Preview1Function = (ctx, _memory, fd: number) => {
  ctx.fds.get(fd)
  throw fail('notsock')
}

export const sock_accept: Preview1Function = notSocket
export const sock_recv: Preview1Function = notSocket
export const sock_send: Preview1Function = notSocket
export const sock_shutdown: Preview1Function = (ctx, memory, fd: number, how: number) => {
  checkFlags(how, ALL_SDFLAGS)
  return notSocket(ctx, memory, fd)
}
