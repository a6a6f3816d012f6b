/** A breakpoint at each of a million instructions: all are set, stop, and can be removed; what that takes is told. */
import { expect, test } from 'vitest'
import { Debugger } from '../../src/debug/index.ts'
import { largeModule } from './large.ts'

test('a million breakpoints', async () => {
  const dbg = await Debugger.launch(largeModule(1000, 500), { invoke: { name: 'run' } })
  const { code } = dbg.instance.module
  const before = process.memoryUsage().rss
  const start = performance.now()
  for (const body of code.slice(0, 1000)) {
    for (let i = 0; i < 500; i++) {
      dbg.break({ offset: body.start + i * 6 })
      dbg.break({ offset: body.start + i * 6 + 5 })
    }
  }
  const set = performance.now()
  const megabytes = Math.round((process.memoryUsage().rss - before) / 1e6)
  expect(dbg.breakpoints).toHaveLength(1_000_000)
  for (let i = 1; i <= 1000; i++) {
    const stop = await dbg.continue()
    expect([stop.reason, stop.breakpoint!.id]).toEqual(['breakpoint', i])
  }
  const stopped = performance.now()
  for (const point of dbg.breakpoints) point.remove()
  const removed = performance.now()
  expect((await dbg.continue()).reason).toBe('exit')
  const seconds = (from: number, to: number): string => `${((to - from) / 1000).toFixed(1)} s`
  console.log(
    `set in ${seconds(start, set)} (${megabytes} MB), 1,000 stops in ${seconds(set, stopped)}, removed in ${seconds(stopped, removed)}`,
  )
})
