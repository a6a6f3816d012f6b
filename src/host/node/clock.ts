/**
 * The machine's clocks with nanoseconds: hrtime, a wall clock refined by it, and CPU times.
 */
import { type Clock, realTimer } from '../clock.ts'
import { add, compare, fromMillis, since, type Time, time } from '../time.ts'

const hrtime = (): Time => {
  const [seconds, nanos] = process.hrtime()
  return { seconds, nanos }
}
/** How far the refined wall clock may be from Date.now() before it is set again. */
const DRIFT = time(0, 2_000_000)

const micros = (us: number): Time => time(Math.floor(us / 1e6), (us % 1e6) * 1000)

/** The system's clocks as Node has them; CPU times included. */
export function nodeClock(): Clock {
  let wallAt = fromMillis(Date.now())
  let monoAt = hrtime()
  return {
    wall() {
      const refined = add(wallAt, since(hrtime(), monoAt))
      const coarse = fromMillis(Date.now())
      const apart = compare(refined, coarse) > 0 ? since(refined, coarse) : since(coarse, refined)
      if (compare(apart, DRIFT) <= 0) return refined
      wallAt = coarse
      monoAt = hrtime()
      return coarse
    },
    monotonic: hrtime,
    cpu(of) {
      const p = process as unknown as { threadCpuUsage?(): { user: number; system: number } }
      const usage = of === 'thread' && p.threadCpuUsage !== undefined ? p.threadCpuUsage() : process.cpuUsage()
      return micros(usage.user + usage.system)
    },
    resolution: time(0, 1),
    timer: (duration) => realTimer(duration, hrtime),
  }
}
