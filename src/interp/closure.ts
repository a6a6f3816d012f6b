/**
 * The `closure` executor: each op of the register code becomes a closure that has its operands at hand and knows the closure
 * that follows it. For engines that interpret: calling a closure costs them less than decoding an op. A function's closures
 * are made when one of its ops is first run, beside the code, which remains what everybody else looks at.
 */
import { BR, NOP } from '../ops/numbers.gen.ts'
import { loopTwin } from '../compiler/tables.ts'
import { FIRST_COLD, lengthAt, outputScale, targetPlaces } from '../ops/op-table.ts'
import { type Closure, type CodeUnit, extend } from '../runtime/code.ts'
import type { Executor, Thread } from '../runtime/thread.ts'
import { chainMakers, makeCold, makeVector, makers, pairMakers, run } from './closure.gen.ts'
import { registerExecutor } from './register-executor.ts'

/** A back-edge looks its target up when it is taken. */
const targetAt: Uint8Array = targetPlaces.slice()
for (const twin of loopTwin) if (twin >= 0) targetAt[twin] = 0
/** Closures that call one another before control comes back to the loop of `run`: each of them takes JS stack. */
const MAX_CHAIN = 32

export function runClosures(T: Thread): number {
  for (;;) {
    const status = run(T)
    if (status !== 0) return status
    makeClosures(T.unit!, T.pc)
  }
}

/** Makes the closures of the function around `pc`, last op first: each needs the one that follows it. */
function makeClosures(unit: CodeUnit, pc: number): void {
  const { code, closures } = unit
  extend(closures, unit.length)
  // Outside of functions there are ops that stand alone: the two where outermost frames return to, and lazy stubs.
  const [start, end] = unit.rangeAt(pc)
  const starts: number[] = []
  for (let at = start; at < end; at += lengthAt(code, at)) starts.push(at)
  /** How far the chain goes that begins at each op. */
  const chains = new Uint8Array(end - start)
  for (let i = starts.length - 1; i >= 0; i--) {
    const at = starts[i]!
    let chain = 0
    /** What this op will call. */
    const link = (to: number): Closure => {
      const length = chains[to - start]!
      const closure = closures[to] ?? (() => closures[to])
      if (length >= MAX_CHAIN) return () => closure
      chain = Math.max(chain, length)
      return closure
    }
    // One closure does both this op and the one behind it, if there is one for the two.
    const second = starts[i + 1]
    const pair = second === undefined ? undefined : pairAt(code, at, second)
    const [last, following] = pair === undefined ? [at, second] : [second!, starts[i + 2]]
    const op = code[last]!
    const go = targetAt[op] === 0 ? none : link(code[last + targetAt[op]!]!)
    const next = following === undefined || op === BR ? none : link(following)
    chains[at - start] = chain + 1
    if (pair !== undefined)
      closures[at] = pair(next, go, last, ...code.subarray(at + 1, last), ...code.subarray(last + 1, following ?? end))
    else closures[at] = op === NOP ? next : op === BR ? go : make(code, at, next, go)
  }
}

/** What makes one closure of two ops, if anything does. */
function pairAt(code: Int32Array, first: number, second: number): (typeof pairMakers)[number] | undefined {
  const key = code[first]! * 1024 + code[second]!
  const chain = chainMakers[key]
  if (chain === undefined) return pairMakers[key]
  const operand = second + (outputScale[code[second]!]! > 0 ? 2 : 1)
  return code[operand] === code[first + 1] ? chain : pairMakers[key]
}

/** Stands for what an op never comes to. */
const none: Closure = () => {
  throw new Error('control has left the function')
}

function make(code: Int32Array, at: number, next: Closure, go: Closure): Closure {
  const op = code[at]!
  if (op >= FIRST_COLD) return makeCold(op, next, at)
  if (op >= makers.length) return makeVector(at)
  const { [at + 1]: a, [at + 2]: b, [at + 3]: c, [at + 4]: d, [at + 5]: e, [at + 6]: f, [at + 7]: g } = code
  return makers[op]!(next, go, at, a!, b!, c!, d!, e!, f!, g!)
}

export const closureFast: Executor = registerExecutor('closure', 'fast', runClosures)
export const closureExact: Executor = registerExecutor('closure', 'exact', runClosures)
