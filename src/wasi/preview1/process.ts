/** proc_raise: what a signal does to a guest, which cannot have handlers (POSIX default actions; witx `signal`). */
import type { Errno } from '../../host/errno.ts'

/** The highest signal of witx, `sys`. */
const LAST_SIGNAL = 30
/** chld, cont, urg, winch: ignored by default. */
const IGNORED: readonly number[] = [16, 17, 22, 27]
/** stop, tstp, ttin, ttou: there is nobody who could let the guest go on. */
const STOPPING: readonly number[] = [18, 19, 20, 21]

/** The exit code of a guest that raises the signal, as a shell would tell it; 0 when it goes on; an errno. */
export function exitCodeOfSignal(signal: number): number | Errno {
  if (signal < 0 || signal > LAST_SIGNAL) return 'inval'
  if (signal === 0 || IGNORED.includes(signal)) return 0
  if (STOPPING.includes(signal)) return 'notsup'
  // From 16 on, witx numbers are one below those of Linux, which has STKFLT there.
  return 128 + (signal < 16 ? signal : signal + 1)
}
