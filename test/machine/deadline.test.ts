/**
 * How long after a deadline or a signal a program without an end is stopped. The shortest of a few tries counts: what the
 * machine does besides makes some of them longer, but none shorter.
 */
import { describe, expect, test } from 'vitest'
import { inChild } from './helper.ts'

/** ms after the deadline, or after the time at which the signal was to be given. */
const LATEST = { timeout: 10, signal: 20 }
const TRIES = 4

const bodies = {
  'an empty loop': '(loop (br 0))',
  'a loop of calls': '(loop (call $f (i32.const 3)) (br 0))',
  // A tick that takes a thousand times as long as others.
  'a loop of fills': '(loop (memory.fill (i32.const 0) (i32.const 7) (i32.const 0x80000)) (br 0))',
  'a loop of vectors': `(loop
    (v128.store (i32.const 0) (i8x16.shuffle 0 2 4 6 8 10 12 14 1 3 5 7 9 11 13 15 (v128.load (i32.const 0)) (v128.load (i32.const 16))))
    (br 0))`,
}
const module = (body: string): string => `(module (memory 16)
  (func $f (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "run") ${body}))`

const programs = Object.fromEntries(Object.entries(bodies).map(([what, body]) => [what, module(body)]))

describe.each([
  ['with a JIT', []],
  ['without', ['--jitless']],
])('%s', (_, flags) => {
  const script = `
    const late = {}
    for (const [what, source] of Object.entries(${JSON.stringify(programs)})) {
      for (const [name, options] of configurations) {
        const store = new vitrine.Store({ ...options, timeout: 30 })
        const timed = vitrine.instantiate(wat(source), {}, { store })
        const other = vitrine.instantiate(wat(source), {}, options)
        const [timeouts, signals] = [[], []]
        for (let i = 0; i < ${TRIES}; i++) {
          const began = performance.now()
          try { timed.exports.run() } catch (error) { if (error.limit !== 'timeout') throw error }
          timeouts.push(performance.now() - began - 30)
          const controller = new AbortController()
          const start = performance.now()
          setTimeout(() => controller.abort('enough'), 30)
          await other.invokeWith({ signal: controller.signal }, 'run').catch((reason) => { if (reason !== 'enough') throw reason })
          signals.push(performance.now() - start - 30)
        }
        late[name + ', ' + what] = { timeout: Math.min(...timeouts), signal: Math.min(...signals) }
      }
    }
    console.log(JSON.stringify(late))`
  test('every executor stops soon', { timeout: 120_000, retry: 2 }, () => {
    const late = inChild(flags, script) as Record<string, { timeout: number; signal: number }>
    const tooLate = Object.entries(late).filter(([, { timeout, signal }]) => timeout > LATEST.timeout || signal > LATEST.signal)
    expect(tooLate).toEqual([])
  })
})
