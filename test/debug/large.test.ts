/** A module of 32 MB under the debugger: what it does beyond decoding and validating, up to the first stop, costs a fraction of those. */
import { expect, test } from 'vitest'
import { Debugger } from '../../src/debug/index.ts'
import { compile } from '../../src/index.ts'
import { largeModule } from './large.ts'

const cpu = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

test('the first stop in a module of 32 MB', { timeout: 120_000 }, async () => {
  const bytes = largeModule(6000, 900)
  expect(bytes.length).toBeGreaterThan(30e6)
  const start = cpu()
  const module = compile(bytes)
  const compiled = cpu()
  const dbg = await Debugger.launch(module, { invoke: { name: 'run' } })
  dbg.break({ func: 3000 })
  const first = await dbg.step('in')
  expect([first.frame!.func, first.frame!.instruction]).toEqual(['run', 'call 0'])
  const shown = cpu()
  const stop = await dbg.continue()
  expect([stop.reason, stop.frame!.funcidx, stop.frames.length]).toEqual(['breakpoint', 3000, 2])
  dbg.close()
  console.log(`decoded and validated in ${Math.round(compiled - start)} ms, first stop ${Math.round(shown - compiled)} ms later (CPU time)`)
  expect(shown - compiled).toBeLessThan(compiled - start)
})
